// The one error type a person can meet: it says what was wrong, where, and what to do.

export interface UserErrorFields {
  /** One short line: what could not be done. */
  title: string
  /** What was found, where (file, tensor, token, address). */
  detail: string
  /** What the person can do now. */
  remedy: string
}

/** An error meant to be shown in the page as it is; everything else is a defect and shown as "unexpected". */
export class UserError extends Error implements UserErrorFields {
  override readonly name = 'UserError'
  readonly title: string
  readonly detail: string
  readonly remedy: string

  constructor(fields: UserErrorFields, options?: ErrorOptions) {
    super(`${fields.title} ${fields.detail} ${fields.remedy}`, options)
    this.title = fields.title
    this.detail = fields.detail
    this.remedy = fields.remedy
  }
}

/** No answer came from a host: what is kept of it may be used instead. */
export class Unreachable extends UserError {}

/** After this nothing computes any more where it was thrown: only a new worker helps. */
export class EngineBroken extends UserError {}

/** True for what a worker does not outlive: WebAssembly that has aborted once aborts at every later call. */
export function isBroken(thrown: unknown): boolean {
  return thrown instanceof EngineBroken || thrown instanceof WebAssembly.RuntimeError
}

/** What Chromium, Firefox and Safari say when an array or WebAssembly's memory cannot be had. */
const OUT_OF_MEMORY =
  /allocation failed|maximum memory size|unable to grow|out of memory|could not allocate|can't grow|cannot allocate|invalid (typed |)array (buffer |)length(?!: -)/i

/** Turns anything thrown into something that can be shown; aborts are kept as they are. */
export function toUserError(thrown: unknown): UserError {
  if (thrown instanceof UserError) return thrown
  const message = thrown instanceof Error ? thrown.message : String(thrown)
  if (thrown instanceof RangeError && OUT_OF_MEMORY.test(message)) {
    return new UserError(
      {
        title: 'The browser has too little memory for this.',
        detail: message,
        remedy:
          'What was open stays open. Close other tabs, or try a shorter text, fewer bits or a smaller source.',
      },
      { cause: thrown },
    )
  }
  return new UserError(
    {
      title: 'Something unexpected went wrong.',
      detail: message,
      remedy: 'What was open stays open; try again, and report this if it comes back.',
    },
    { cause: thrown },
  )
}

/** True for what `AbortSignal.throwIfAborted` throws. */
export function isAbort(thrown: unknown): boolean {
  return thrown instanceof DOMException && thrown.name === 'AbortError'
}

// Bodies of answers as they arrive: read through one buffer, counted, and given up when nothing is heard for too long.
import type { UserError } from '../lib/errors.ts'
import * as errors from './http-errors.ts'

/** Bytes received over HTTP since the page opened, for the progress line and the first-visit figure. */
export interface Received {
  bytes: number
}

/** A body is read in parts of 128 KiB (the last one may be shorter) to 1 MiB. */
const SCRATCH = 1024 * 1024
const AT_LEAST = 128 * 1024
/** Memory of bodies that have been read, for the next ones: a large file comes in some twenty answers. */
const spare: ArrayBuffer[] = []
const MOST_SPARE = 4

/** Takes a part of a body, which is only lent: the next one is read into the same buffer when this is done. */
export type Take = (part: Uint8Array<ArrayBuffer>) => void | Promise<void>

/** Worth another try; `error` is what is thrown when there is none left. */
export class Transient extends Error {
  readonly error: UserError
  readonly retryAfter: number | undefined

  constructor(error: UserError, retryAfter?: number) {
    super(error.message)
    this.error = error
    this.retryAfter = retryAfter
  }
}

/** Hands a body on part by part. Only the wait for the host counts as its silence, not the time that `take` needs. */
export async function readBody(
  response: Response,
  watch: Watch,
  received: Received,
  take: Take,
): Promise<void> {
  const parts = response.body && (lentParts(response.body) ?? ownParts(response.body))
  if (!parts) return
  try {
    for (;;) {
      const { done, value } = await parts.next().catch((error: unknown) => {
        throw watch.translate(error)
      })
      if (value && value.length > 0) {
        watch.rest()
        received.bytes += value.length
        await take(value)
        watch.heard()
      }
      parts.back(value, done)
      if (!value || done) return
    }
  } catch (error) {
    void parts.cancel().catch(() => undefined)
    throw error
  }
}

interface Parts {
  next(): Promise<{ done: boolean; value?: Uint8Array<ArrayBuffer> }>
  /** A part was taken. */
  back(part: Uint8Array<ArrayBuffer> | undefined, done: boolean): void
  cancel(): Promise<void>
}

/** Parts in one buffer that goes to and fro; undefined where bodies take none: in Safari before 26.4. */
function lentParts(body: ReadableStream<Uint8Array<ArrayBuffer>>): Parts | undefined {
  let reader: ReadableStreamBYOBReader
  try {
    reader = body.getReader({ mode: 'byob' })
  } catch {
    return undefined
  }
  // A fresh one for every part costs more than the copy out of it.
  let view = new Uint8Array(spare.pop() ?? new ArrayBuffer(SCRATCH))
  return {
    next: () => reader.read(view, { min: AT_LEAST }),
    back: (part, done) => {
      if (!part) return
      view = new Uint8Array(part.buffer)
      if (done && spare.length < MOST_SPARE) spare.push(view.buffer)
    },
    cancel: () => reader.cancel(),
  }
}

/** Parts as the browser gives them. */
function ownParts(body: ReadableStream<Uint8Array<ArrayBuffer>>): Parts {
  const reader = body.getReader()
  return { next: () => reader.read(), back: () => undefined, cancel: () => reader.cancel() }
}

/** Ends a request when its caller gives up or nothing is heard for too long, and says which it was. */
export class Watch {
  readonly #url: string
  readonly #silence: number
  readonly #caller: AbortSignal | undefined
  readonly #controller = new AbortController()
  #timer: ReturnType<typeof setTimeout> | undefined
  #timedOut = false

  constructor(url: string, silence: number, caller: AbortSignal | undefined) {
    this.#url = url
    this.#silence = silence
    this.#caller = caller
    caller?.addEventListener('abort', this.#giveUp)
    if (caller?.aborted) this.#controller.abort(caller.reason)
    this.heard()
  }

  get signal(): AbortSignal {
    return this.#controller.signal
  }

  heard(): void {
    clearTimeout(this.#timer)
    this.#timer = setTimeout(() => {
      this.#timedOut = true
      this.#controller.abort()
    }, this.#silence)
  }

  /** Nothing is waited for until `heard`. */
  rest(): void {
    clearTimeout(this.#timer)
  }

  end(): void {
    this.rest()
    this.#caller?.removeEventListener('abort', this.#giveUp)
  }

  /** What a failed fetch or read means. */
  translate(error: unknown): unknown {
    if (this.#caller?.aborted) return this.#caller.reason
    if (this.#timedOut) return new Transient(errors.silent(this.#url, this.#silence / 1000))
    return new Transient(errors.noAnswer(this.#url, error))
  }

  readonly #giveUp = (): void => this.#controller.abort(this.#caller?.reason)
}

/** All parts as one. */
export function join(parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0))
  let at = 0
  for (const part of parts) {
    whole.set(part, at)
    at += part.length
  }
  return whole
}

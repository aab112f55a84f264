// Asks a host that owes this page nothing: one request at a time, spaced, with back-off, and none at all once the
// host has failed repeatedly or wants to be left alone for long.
import { toUserError, UserError, type UserErrorFields } from '../lib/errors.ts'
import { Transient } from './http-body.ts'

export interface Pace {
  /** Milliseconds between the end of one request and the next. */
  spacing: number
  /** Milliseconds after a failure without a Retry-After; doubled with each that follows. */
  firstDelay: number
  /** The longest pause that is waited out, in milliseconds: after a longer one somebody has to ask again. */
  patience: number
  /** Failures one after another after which everything that waits is given up. */
  failures: number
}

const PACE: Pace = { spacing: 1000, firstDelay: 2000, patience: 60_000, failures: 3 }

/** The host is left alone: nothing that waited was asked. */
export class GaveUp extends UserError {}

interface Waiting {
  /** Asks, and gives the caller the answer; rejects with what went wrong. */
  attempt(): Promise<void>
  fail(error: unknown): void
}

export class PoliteQueue {
  readonly #pace: Pace
  readonly #stopped: (cause: UserError) => UserErrorFields
  #waiting: Waiting[] = []
  #running = false
  /** `Date.now()` before which nothing is asked. */
  #notBefore = 0
  #failures = 0

  /** `stopped` says to a person that the queue gave up, and why. */
  constructor(stopped: (cause: UserError) => UserErrorFields, pace: Partial<Pace> = {}) {
    this.#stopped = stopped
    this.#pace = { ...PACE, ...pace }
  }

  /**
   * What `ask` answers, when its turn comes. Rejects when `signal` aborts, waiting or not, and with GaveUp. After a
   * Transient it is asked again; anything else that `ask` throws is handed on, and counts as a failure as well.
   */
  run<T>(ask: (signal: AbortSignal) => Promise<T>, signal: AbortSignal): Promise<T> {
    return new Promise((resolve, reject) => {
      if (signal.aborted) return reject(signal.reason)
      const leave = (): void => {
        this.#waiting = this.#waiting.filter((one) => one !== own)
        reject(signal.reason)
      }
      const own: Waiting = {
        attempt: async () => {
          const answer = await ask(signal)
          signal.removeEventListener('abort', leave)
          resolve(answer)
        },
        fail: (error) => {
          signal.removeEventListener('abort', leave)
          reject(error)
        },
      }
      signal.addEventListener('abort', leave, { once: true })
      this.#waiting.push(own)
      void this.#work()
    })
  }

  async #work(): Promise<void> {
    if (this.#running) return
    this.#running = true
    while (this.#waiting.length > 0) {
      const wait = this.#notBefore - Date.now()
      if (wait > this.#pace.patience) this.#giveUp(asksForRest(wait))
      else if (wait > 0) await new Promise((resolve) => setTimeout(resolve, wait))
      else await this.#next()
    }
    this.#running = false
  }

  async #next(): Promise<void> {
    const [own] = this.#waiting
    let pause = this.#pace.spacing
    try {
      await own.attempt()
      this.#failures = 0
      this.#leave(own)
    } catch (error) {
      // Who has left needs no answer, and the host is not to blame for it.
      if (this.#waiting.includes(own)) pause = this.#failed(own, error)
    }
    this.#notBefore = Date.now() + pause
  }

  /** Milliseconds to wait after what went wrong. */
  #failed(own: Waiting, error: unknown): number {
    const { spacing, firstDelay, failures } = this.#pace
    this.#failures += 1
    const backOff = firstDelay * 2 ** (this.#failures - 1)
    if (this.#failures >= failures)
      this.#giveUp(error instanceof Transient ? error.error : toUserError(error))
    else if (!(error instanceof Transient)) {
      this.#leave(own)
      own.fail(error)
    }
    return error instanceof Transient ? Math.max(spacing, error.retryAfter ?? backOff) : spacing
  }

  #leave(own: Waiting): void {
    this.#waiting = this.#waiting.filter((one) => one !== own)
  }

  #giveUp(cause: UserError): void {
    const told = new GaveUp(this.#stopped(cause), { cause })
    const all = this.#waiting
    this.#waiting = []
    this.#failures = 0
    for (const one of all) one.fail(told)
  }
}

function asksForRest(wait: number): UserError {
  const minutes = Math.ceil(wait / 60_000)
  return new UserError({
    title: 'The host asks for fewer requests.',
    detail: `It wants to be asked again in ${minutes} min, not before.`,
    remedy: 'Wait as long as that.',
  })
}

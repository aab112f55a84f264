// So many at a time, in the order asked.

export class Turns {
  readonly #most: number
  readonly #waiting: (() => void)[] = []
  #under = 0

  constructor(most: number) {
    this.#most = most
  }

  /** Resolves when it is one's turn; `leave` ends it. Rejects when the signal was aborted meanwhile. */
  async enter(signal: AbortSignal): Promise<void> {
    while (this.#under >= this.#most) {
      await new Promise<void>((resolve) => this.#waiting.push(resolve))
      if (signal.aborted) {
        this.#waiting.shift()?.()
        throw signal.reason
      }
    }
    this.#under += 1
  }

  leave(): void {
    this.#under -= 1
    this.#waiting.shift()?.()
  }
}

/** What `work` comes to, unless the signal is aborted before. */
export async function unlessAborted<T>(work: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  const aborted = Promise.withResolvers<never>()
  const stop = (): void => aborted.reject(signal?.reason)
  signal?.addEventListener('abort', stop, { once: true })
  try {
    return await Promise.race([work, aborted.promise])
  } finally {
    signal?.removeEventListener('abort', stop)
  }
}

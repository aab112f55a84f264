// Several pieces of work under way at a time.

/**
 * Does `work` for each item, `limit` at a time, in order of their start. When one fails, none is started any more, the
 * signal given to the others is aborted, and the promise rejects with that first failure once all have ended.
 */
export async function atOnce<T>(
  items: Iterable<T>,
  limit: number,
  work: (item: T, signal: AbortSignal) => Promise<void>,
  signal?: AbortSignal,
): Promise<void> {
  const failed = new AbortController()
  const either = signal ? AbortSignal.any([signal, failed.signal]) : failed.signal
  const waiting = items[Symbol.iterator]()
  let failure: { error: unknown } | undefined
  const worker = async (): Promise<void> => {
    for (let next = waiting.next(); !next.done && !failure; next = waiting.next()) {
      try {
        either.throwIfAborted()
        await work(next.value, either)
      } catch (error) {
        failure ??= { error }
        failed.abort()
      }
    }
  }
  await Promise.all(Array.from({ length: limit }, worker))
  if (failure) throw failure.error
}

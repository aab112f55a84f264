// Runs asynchronous pieces of work strictly one after another.

/** A function that starts each piece when all given before it have ended, whether well or badly. */
export function serialQueue(): <T>(work: () => Promise<T>) => Promise<T> {
  let tail: Promise<unknown> = Promise.resolve()
  return (work) => {
    const result = tail.then(work)
    tail = result.catch(() => undefined)
    return result
  }
}

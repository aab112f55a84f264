// How long the service worker waits for what may never answer: calls of the browser's storage lose theirs at times.

/** After how many milliseconds of silence the worker goes on without. */
const PATIENCE = 5000

/** What `work` gives, or undefined when that takes longer than `milliseconds`; it goes on by itself. */
export function within<T>(work: Promise<T>, milliseconds = PATIENCE): Promise<T | undefined> {
  let timer: ReturnType<typeof setTimeout>
  const silence = new Promise<undefined>((resolve) => {
    timer = setTimeout(() => resolve(undefined), milliseconds)
  })
  return Promise.race([work, silence]).finally(() => clearTimeout(timer))
}

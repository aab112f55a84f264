// Repeats one measured call, with a limit on the time.
import type { Effort } from '../cases.ts'

export interface Repeated<T> {
  times: number[]
  warmUps: number
  result: T
}

/** One uncounted call, unless that alone takes the time there is, then the counted ones. */
export async function repeat<T>(work: () => Promise<T>, { repetitions, cap }: Effort): Promise<Repeated<T>> {
  const begun = performance.now()
  const times: number[] = []
  let result = await timed(work, times)
  // A first call compiles shaders: it counts only where there is no time for another.
  if (performance.now() - begun > cap) return { times, warmUps: 0, result }
  times.length = 0
  while (times.length < repetitions && (times.length === 0 || performance.now() - begun < cap)) {
    result = await timed(work, times)
  }
  return { times, warmUps: 1, result }
}

async function timed<T>(work: () => Promise<T>, times: number[]): Promise<T> {
  const started = performance.now()
  const result = await work()
  times.push(performance.now() - started)
  return result
}

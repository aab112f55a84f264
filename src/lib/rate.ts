// How fast work goes now: over the last seconds, not since it began, because what was stored already passes in no time.

const WINDOW_MS = 5000
/** Below this span a rate says nothing. */
const SHORTEST_MS = 600

/** Feeds on (done, time in ms) and answers the rate per second over the last five seconds; undefined at first. */
export function rateMeter(): (done: number, now: number) => number | undefined {
  const samples: { done: number; now: number }[] = []
  return (done, now) => {
    // Work that starts over, or a second step of it, counts from anew.
    if (samples.length > 0 && done < samples[samples.length - 1].done) samples.length = 0
    samples.push({ done, now })
    while (samples.length > 2 && now - samples[1].now > WINDOW_MS) samples.shift()
    const first = samples[0]
    return now - first.now < SHORTEST_MS ? undefined : (1000 * (done - first.done)) / (now - first.now)
  }
}

// Numbers that look random and are the same for the same seed.

/** Mulberry32 (Tommy Ettinger): uniform in [0, 1), with a period of 2³². */
export function seededRandom(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

/** `count` of the numbers 0 .. `total` − 1, each as likely as any other, ascending; all where there are no more. */
export function sampleOf(total: number, count: number, random: () => number): Uint32Array<ArrayBuffer> {
  const found = new Uint32Array(Math.min(total, count))
  // Selection sampling (Knuth, The Art of Computer Programming 2, 3.4.2, algorithm S).
  for (let i = 0, at = 0; at < found.length; i += 1) {
    if ((total - i) * random() < found.length - at) {
      found[at] = i
      at += 1
    }
  }
  return found
}

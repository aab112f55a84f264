// Watches how large typed arrays are made while something runs: readers must not allocate what a file only claims.

const KINDS = [
  'Uint8Array',
  'Uint16Array',
  'Uint32Array',
  'Int32Array',
  'Float32Array',
  'Float64Array',
] as const

/** Runs `work`; `largest` is the largest array, in bytes, made from a length meanwhile. Not for overlapping calls. */
export async function trackAllocations<T>(work: () => Promise<T>): Promise<{ result: T; largest: number }> {
  let largest = 0
  const originals = KINDS.map((kind) => [kind, globalThis[kind]] as const)
  for (const [kind, Original] of originals) {
    const watching: object = new Proxy<object>(Original, {
      construct(_target, args: unknown[], newTarget): object {
        const [length] = args
        if (typeof length === 'number') largest = Math.max(largest, length * Original.BYTES_PER_ELEMENT)
        return Reflect.construct(Original, args, newTarget === watching ? Original : newTarget)
      },
    })
    Object.defineProperty(globalThis, kind, { value: watching, configurable: true, writable: true })
  }
  try {
    return { result: await work(), largest }
  } finally {
    for (const [kind, Original] of originals) {
      Object.defineProperty(globalThis, kind, { value: Original, configurable: true, writable: true })
    }
  }
}

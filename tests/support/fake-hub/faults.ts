// What can go wrong on the fake hub, told to it by a test.

export type Fault = {
  /** Repo and path, "fake/demo/data.bin", or "api" for the hub's API. */
  name: string
  /** Requests it strikes; all when left out. */
  times?: number
  /** Requests it lets pass first. */
  skip?: number
} & (
  | { kind: 'cut'; after: number }
  | { kind: 'stall'; after: number }
  | { kind: 'slow'; bytesPerSecond: number }
  | { kind: 'truncate'; after: number }
  | { kind: 'long'; extra: number }
  | { kind: 'overclaim'; extra: number }
  | { kind: 'flip'; at: number }
  | { kind: 'etag'; etag: string }
  | { kind: 'status'; status: number; retryAfter?: number; code?: string }
  | { kind: 'html' | 'noRange' | 'noCors' | 'noEtag' | 'hidden' | 'otherPart' | 'refuse' }
)

/** The faults in force; each counts its own strikes. */
export class Faults {
  #rules: (Fault & { seen: number })[] = []

  add(fault: Fault): void {
    this.#rules.push({ ...fault, seen: 0 })
  }

  clear(): void {
    this.#rules = []
  }

  /** Those that strike this request. */
  strike(name: string): Fault[] {
    return this.#rules.filter((rule) => {
      if (rule.name !== name) return false
      const turn = rule.seen++ - (rule.skip ?? 0)
      return turn >= 0 && turn < (rule.times ?? Number.POSITIVE_INFINITY)
    })
  }
}

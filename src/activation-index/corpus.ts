// The documents of an index while it is built: 4 bytes a token, so that what a feature fires on can be looked up.

/** Token ids of all documents one after another. */
export class CorpusTokens {
  #ids = new Int32Array(1 << 16)
  #offsets = new Uint32Array(1 << 10)
  #kinds = new Int32Array(1 << 10)
  #documents = 0

  get documents(): number {
    return this.#documents
  }

  /** Every position, `<bos>` too. */
  get tokens(): number {
    return this.#offsets[this.#documents]
  }

  /** `<bos>` is not counted. */
  get countedTokens(): number {
    return this.tokens - this.#documents
  }

  add(kind: number, tokens: readonly number[]): void {
    const start = this.tokens
    this.#ids = roomFor(this.#ids, start + tokens.length)
    this.#offsets = roomFor(this.#offsets, this.#documents + 2)
    this.#kinds = roomFor(this.#kinds, this.#documents + 1)
    this.#ids.set(tokens, start)
    this.#kinds[this.#documents] = kind
    this.#documents += 1
    this.#offsets[this.#documents] = start + tokens.length
  }

  /** Number of the token among all. */
  at(document: number, position: number): number {
    return this.#offsets[document] + position
  }

  id(document: number, position: number): number {
    return this.#ids[this.at(document, position)]
  }

  /** Id of the token that follows; undefined at the end of a document. */
  next(document: number, position: number): number | undefined {
    const at = this.at(document, position) + 1
    return at < this.#offsets[document + 1] ? this.#ids[at] : undefined
  }

  kind(document: number): number {
    return this.#kinds[document]
  }

  length(document: number): number {
    return this.#offsets[document + 1] - this.#offsets[document]
  }

  /** How often each id occurs, `<bos>` positions left out; ids ascending. */
  counts(): Map<number, number> {
    const counts = new Map<number, number>()
    for (let document = 0; document < this.#documents; document += 1) {
      for (let at = this.#offsets[document] + 1; at < this.#offsets[document + 1]; at += 1) {
        const id = this.#ids[at]
        counts.set(id, (counts.get(id) ?? 0) + 1)
      }
    }
    return new Map([...counts].sort(([a], [b]) => a - b))
  }

  /** [kinds] counted tokens of each kind of document. */
  tokensByKind(kinds: number): number[] {
    const sums = new Array<number>(kinds).fill(0)
    for (let document = 0; document < this.#documents; document += 1) {
      sums[this.#kinds[document]] += this.length(document) - 1
    }
    return sums
  }
}

function roomFor<T extends Int32Array<ArrayBuffer> | Uint32Array<ArrayBuffer>>(array: T, length: number): T {
  if (length <= array.length) return array
  const Kind = array.constructor as new (length: number) => T
  const larger = new Kind(Math.max(length, array.length * 2))
  larger.set(array)
  return larger
}

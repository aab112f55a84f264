// The largest and smallest of a stream of values, by token id.

export interface TokenValue {
  /** Token id */
  id: number
  logit: number
}

/** Keeps the `k` largest and `k` smallest values seen; among equals the earlier ids win. */
export class Extremes {
  readonly #k: number
  readonly #top: TokenValue[] = []
  readonly #bottom: TokenValue[] = []

  constructor(k: number) {
    this.#k = k
  }

  add(id: number, logit: number): void {
    insert(this.#top, this.#k, id, logit, 1)
    insert(this.#bottom, this.#k, id, logit, -1)
  }

  /** `top` descending, `bottom` ascending. */
  result(): { top: TokenValue[]; bottom: TokenValue[] } {
    return { top: this.#top, bottom: this.#bottom }
  }
}

/** Insertion into a short list kept in descending order of sign × value; most values fail the first test. */
function insert(list: TokenValue[], k: number, id: number, logit: number, sign: 1 | -1): void {
  if (list.length === k && (k === 0 || sign * logit <= sign * list[k - 1].logit)) return
  let at = list.length
  while (at > 0 && sign * logit > sign * list[at - 1].logit) at -= 1
  list.splice(at, 0, { id, logit })
  if (list.length > k) list.pop()
}

// Locks that tabs share while they download the same file, and word of it when another tab keeps this one waiting.

/** Shorter waits are not worth a word, in milliseconds: two looks, as a lock may just be changing hands in one. */
const PATIENCE = 1000

interface LockRequest {
  signal: AbortSignal
  mode?: LockMode
}

export class Locks {
  readonly #onWaiting: (waiting: boolean) => void
  /** How many hold each lock here: who waits for those waits for no other tab. */
  readonly #held = new Map<string, number>()
  #waits = 0

  /** `onWaiting` is told when locks of other tabs are first waited for, and when none is any more. */
  constructor(onWaiting: (waiting: boolean) => void) {
    this.#onWaiting = onWaiting
  }

  /** Does `work` while the lock is held; rejects with the signal's reason when it is aborted before. */
  async hold(name: string, request: LockRequest, work: () => Promise<void>): Promise<void> {
    const stopLooking = this.#look(name)
    try {
      await navigator.locks.request(name, request, async () => {
        stopLooking()
        this.#count(name, 1)
        try {
          await work()
        } finally {
          this.#count(name, -1)
        }
      })
    } finally {
      stopLooking()
    }
  }

  /** Looks from time to time whether the lock is another tab's; what it returns ends that, and may be called twice. */
  #look(name: string): () => void {
    let [waiting, before] = [false, false]
    const timer = setInterval(() => {
      const elsewhere = !this.#held.has(name)
      const waits = elsewhere && (waiting || before)
      before = elsewhere
      if (waits !== waiting) this.#wait(waits ? 1 : -1)
      waiting = waits
    }, PATIENCE / 2)
    return () => {
      clearInterval(timer)
      if (waiting) this.#wait(-1)
      waiting = false
    }
  }

  #wait(change: 1 | -1): void {
    const before = this.#waits
    this.#waits += change
    if (before === 0 || this.#waits === 0) this.#onWaiting(this.#waits > 0)
  }

  #count(name: string, change: 1 | -1): void {
    const count = (this.#held.get(name) ?? 0) + change
    if (count > 0) this.#held.set(name, count)
    else this.#held.delete(name)
  }
}

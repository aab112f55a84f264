// What lets the next version come into force when it is wanted: the browser keeps it waiting while this one has work,
// also where nobody waits for that any more, such as a host's answer to a page that has gone.
import type { LastingEvent, WorkerScope } from './scope.ts'

export class GivingWay {
  readonly #clients: WorkerScope['clients']
  readonly #given = new AbortController()
  readonly #isGiven: Promise<void>
  /** Requests that the host has not answered yet, with the page or worker that waits for them. */
  readonly #open = new Map<AbortController, string>()

  constructor(clients: WorkerScope['clients']) {
    this.#clients = clients
    this.#isGiven = new Promise((resolve) => {
      this.signal.addEventListener('abort', () => resolve())
    })
  }

  /** Aborted when the next version is wanted, and from then on. */
  get signal(): AbortSignal {
    return this.#given.signal
  }

  /** Keeps the service worker for `work` that no page needs, as long as the next version is not wanted. */
  lasts(event: LastingEvent, work: Promise<unknown>): void {
    event.waitUntil(Promise.race([work, this.#isGiven]))
  }

  /** The host's answer to what the client `clientId` asks; rejects when it is let go. */
  async fetch(request: Request, clientId: string): Promise<Response> {
    // The request for a page goes on as it is, redirects and all.
    if (request.mode === 'navigate') return fetch(request)
    const open = new AbortController()
    this.#open.set(open, clientId)
    try {
      return await fetch(request, { signal: open.signal })
    } finally {
      this.#open.delete(open)
    }
  }

  /** Ends all work but what a page that is still there waits for, and gives how many requests that is. */
  async begin(): Promise<number> {
    this.#given.abort()
    await Promise.all(
      [...this.#open].map(async ([open, clientId]) => {
        if (!(await this.#clients.get(clientId))) open.abort()
      }),
    )
    return [...this.#open.keys()].filter(({ signal }) => !signal.aborted).length
  }
}

// The engine over the ends of its workers: after one has ended, the next call starts another, which opens what was open.
import type { Remote } from 'comlink'
import { UserError, type UserErrorFields } from '../lib/errors.ts'
import type { OpenState } from './open-state.ts'
import type { EngineApi, EngineEvent, Reply } from './protocol.ts'
import { type Ending, startWorker, type WorkerLink } from './worker-link.ts'

/** Milliseconds within which the loss of a GPU is told after a failure that it has caused. */
const LOSS_IS_TOLD = 200

interface LastingOptions {
  /** Address of the bundled hub, ending in "/". */
  hubBase: string
  onEvent(event: EngineEvent): void
  /** What a new worker is told. */
  open: OpenState
  nextTask(): number
}

export class LastingEngine {
  readonly #with: LastingOptions
  #link: WorkerLink
  /** Resolves when the worker can be asked; undefined once it has ended. */
  #ready: Promise<void> | undefined
  #restoring = false

  constructor(options: LastingOptions) {
    this.#with = options
    this.#link = this.#start()
    this.#ready = this.#link.started
  }

  /** The worker there is now. */
  get api(): Remote<EngineApi> {
    return this.#link.api
  }

  /** Whether what was open is being opened again, and every call waits for that. */
  get restoring(): boolean {
    return this.#restoring
  }

  /** Asks, and asks once more where the worker ended meanwhile; rejects with UserError when it then ends again. */
  async ask<T>(start: () => Promise<Reply<T>>, signal?: AbortSignal): Promise<Reply<T>> {
    for (let tries = 1; ; tries += 1) {
      await this.#whenReady()
      signal?.throwIfAborted()
      const { ended } = this.#link
      const answered = start().then(async (reply) => {
        // What failed because the GPU was lost may be heard of before the loss is.
        const waits = !reply.ok && !signal?.aborted
        return (waits && (await Promise.race([ended, later(LOSS_IS_TOLD)]))) || reply
      })
      const reply = await Promise.race([answered, ended])
      if (typeof reply === 'object') return reply
      signal?.throwIfAborted()
      if (tries === 2) throw new UserError(stoppedAgain(reply))
    }
  }

  #whenReady(): Promise<void> {
    this.#ready ??= this.#restart()
    return this.#ready
  }

  #start(): WorkerLink {
    const link = startWorker(this.#with.hubBase, this.#with.onEvent)
    void link.ended.then(() => {
      if (this.#link === link) this.#ready = undefined
    })
    return link
  }

  async #restart(): Promise<void> {
    const { open, nextTask, onEvent } = this.#with
    const link = this.#start()
    this.#link = link
    this.#restoring = true
    try {
      const restored = link.started.then(() => open.restore(link.api, nextTask))
      const ending = await Promise.race([restored, link.ended])
      if (ending) throw new UserError(stoppedAgain(ending))
      const reply = await link.api.backends()
      if (reply.ok) onEvent({ type: 'backends', backends: reply.value })
    } catch (thrown) {
      link.end()
      throw thrown
    } finally {
      this.#restoring = false
    }
  }
}

function later(milliseconds: number): Promise<undefined> {
  return new Promise((resolve) => setTimeout(() => resolve(undefined), milliseconds))
}

function stoppedAgain(ending: Ending): UserErrorFields {
  return ending === 'gpu lost'
    ? {
        title: 'The GPU was lost twice at this.',
        detail: 'The browser took the GPU away while it was used, and again after all was opened anew.',
        remedy:
          'What is shown stays. Choose wasm or a smaller GPU budget in the menu at the top, and try again.',
      }
    : {
        title: 'The engine stopped twice at this.',
        detail:
          'It was started again and tried once more; most likely the browser has too little memory for it.',
        remedy:
          'What is shown stays. Try a shorter text, fewer bits or a smaller source, or close other tabs.',
      }
}

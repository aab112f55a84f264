// Runs the engine's calls one after another, each with its own AbortSignal and progress channel.
import { isAbort, isBroken, toUserError } from '../lib/errors.ts'
import type { OnProgress, Progress } from '../lib/progress.ts'
import type { EngineEvent, Reply } from './protocol.ts'

/** What a task that reads bytes says while another tab downloads them. */
const WAITING: Progress = {
  label: 'Waiting for another tab that is downloading this',
  done: 0,
  total: undefined,
  unit: 'bytes',
}

export interface TaskContext {
  signal: AbortSignal
  onProgress: OnProgress
}

/** One queue for everything that touches the model, the SAE or the GPU: onnxruntime allows no two at once. */
export class TaskQueue {
  readonly #controllers = new Map<number, AbortController>()
  readonly #emit: (event: EngineEvent) => void
  #tail: Promise<unknown> = Promise.resolve()
  /** What the tasks under way last said. */
  readonly #running = new Map<number, Progress | undefined>()
  #waiting = false

  constructor(emit: (event: EngineEvent) => void) {
    this.#emit = emit
  }

  cancel(task: number): void {
    this.#controllers.get(task)?.abort()
  }

  /** Whether another tab's download is waited for: said in place of what tasks that read bytes say. */
  setWaiting(waiting: boolean): void {
    this.#waiting = waiting
    for (const [task, progress = waiting ? WAITING : undefined] of this.#running) {
      if (progress) this.#report(task, progress)
    }
  }

  /** Runs `work` when everything before it has ended; what it throws comes back as data. */
  run<T>(task: number, work: (context: TaskContext) => Promise<T>): Promise<Reply<T>> {
    const reply = this.#start(task, this.#tail, work)
    this.#tail = reply
    return reply
  }

  /** Runs `work` at once, beside the queue: for what only reads files. */
  beside<T>(task: number, work: (context: TaskContext) => Promise<T>): Promise<Reply<T>> {
    return this.#start(task, Promise.resolve(), work)
  }

  /** Runs one step of work that goes on beside the queue: when everything before it has ended. */
  inTurn<T>(step: () => Promise<T>): Promise<T> {
    const done = this.#tail.then(step)
    this.#tail = done.catch(() => undefined)
    return done
  }

  #start<T>(
    task: number,
    after: Promise<unknown>,
    work: (context: TaskContext) => Promise<T>,
  ): Promise<Reply<T>> {
    const controller = new AbortController()
    this.#controllers.set(task, controller)
    const context: TaskContext = {
      signal: controller.signal,
      onProgress: (progress) => {
        this.#running.set(task, progress)
        this.#report(task, progress)
      },
    }
    const reply = after.then(() =>
      answer(
        async () => {
          controller.signal.throwIfAborted()
          this.#running.set(task, undefined)
          return work(context)
        },
        () => this.#emit({ type: 'broken' }),
      ),
    )
    return reply.finally(() => {
      this.#controllers.delete(task)
      this.#running.delete(task)
    })
  }

  #report(task: number, progress: Progress): void {
    const label = this.#waiting && progress.unit === 'bytes' ? WAITING.label : progress.label
    this.#emit({ type: 'progress', task, progress: { ...progress, label } })
  }
}

/** Turns a result or a rejection into a Reply; `onBroken` is called before it where no later call can succeed. */
export async function answer<T>(work: () => Promise<T>, onBroken?: () => void): Promise<Reply<T>> {
  try {
    return { ok: true, value: await work() }
  } catch (thrown) {
    if (isBroken(thrown)) onBroken?.()
    const { title, detail, remedy } = toUserError(thrown)
    return { ok: false, aborted: isAbort(thrown), error: { title, detail, remedy } }
  }
}

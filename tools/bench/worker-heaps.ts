// Heap of a page's workers, and of workers they start, through the DevTools protocol.
import type { CDPSession, Page } from '@playwright/test'

/** JavaScript objects, what stands behind array buffers, and the browser's own objects they keep. */
interface HeapUsage {
  usedSize: number
  backingStorageSize?: number
  embedderHeapUsedSize?: number
}

interface Message {
  id?: number
  method?: string
  params?: { sessionId: string; message: string }
  result?: unknown
}

/** All that is held, and array buffers' share of it; what is no longer used counts until it is collected. */
export interface Bytes {
  all: number
  buffers: number
  /** The browser's own objects that JavaScript keeps: streams, and what the DevTools keep of answers while attached. */
  browser: number
}

const NONE: Bytes = { all: 0, buffers: 0, browser: 0 }

/** One worker: messages to it travel inside messages to what started it. */
class WorkerSession {
  readonly children = new Map<string, WorkerSession>()
  readonly #post: (message: string) => Promise<unknown>
  readonly #waiting = new Map<number, (result: unknown) => void>()
  #last = 0

  constructor(post: (message: string) => Promise<unknown>) {
    this.#post = post
    void this.send('Target.setAutoAttach', AUTO_ATTACH)
  }

  async send(method: string, params: object = {}): Promise<unknown> {
    this.#last += 1
    const id = this.#last
    const answered = new Promise((resolve) => this.#waiting.set(id, resolve))
    await this.#post(JSON.stringify({ id, method, params }))
    return answered
  }

  receive(text: string): void {
    const { id, method, params, result }: Message = JSON.parse(text)
    if (id !== undefined) this.#waiting.get(id)?.(result)
    else if (method && params) follow(this.children, method, params, (name, p) => this.send(name, p))
  }

  /** Nothing answers any more: what is still waited for has no answer. */
  end(): void {
    for (const answer of this.#waiting.values()) answer(undefined)
    this.#waiting.clear()
    for (const child of this.children.values()) child.end()
  }

  /** Bytes of this worker and of those it started. */
  async bytes(): Promise<Bytes> {
    const heap = (await this.send('Runtime.getHeapUsage')) as HeapUsage | undefined
    if (!heap) return NONE
    const buffers = heap.backingStorageSize ?? 0
    const browser = heap.embedderHeapUsedSize ?? 0
    const all = heap.usedSize + buffers + browser
    return add({ all, buffers, browser }, await sumOf(this.children))
  }

  async collect(): Promise<void> {
    await this.send('HeapProfiler.collectGarbage')
    for (const child of this.children.values()) await child.collect()
  }
}

const AUTO_ATTACH = { autoAttach: true, waitForDebuggerOnStart: false, flatten: false }

function follow(
  known: Map<string, WorkerSession>,
  method: string,
  { sessionId, message }: { sessionId: string; message: string },
  send: (method: string, params: object) => Promise<unknown>,
): void {
  if (method === 'Target.attachedToTarget') {
    known.set(
      sessionId,
      new WorkerSession((text) => send('Target.sendMessageToTarget', { sessionId, message: text })),
    )
  } else if (method === 'Target.detachedFromTarget') {
    known.get(sessionId)?.end()
    known.delete(sessionId)
  } else if (method === 'Target.receivedMessageFromTarget') known.get(sessionId)?.receive(message)
}

async function sumOf(workers: ReadonlyMap<string, WorkerSession>): Promise<Bytes> {
  const each = await Promise.all([...workers.values()].map((worker) => worker.bytes()))
  return each.reduce(add, NONE)
}

function add(a: Bytes, b: Bytes): Bytes {
  return { all: a.all + b.all, buffers: a.buffers + b.buffers, browser: a.browser + b.browser }
}

export interface HeapWatch {
  workers(): number
  /** Collects garbage and takes what is left as the level growth counts from. */
  settle(): Promise<void>
  /** Most bytes above that level while `work` ran, sampled every 50 ms. */
  growth(work: () => Promise<void>): Promise<Bytes>
}

/** Watches the workers of `page`; called before it is opened. */
export async function watchWorkers(page: Page): Promise<HeapWatch> {
  const session: CDPSession = await page.context().newCDPSession(page)
  const known = new Map<string, WorkerSession>()
  const send = (method: string, params: object): Promise<unknown> =>
    session.send(method as 'Target.sendMessageToTarget', params as { message: string })
  for (const method of [
    'Target.attachedToTarget',
    'Target.detachedFromTarget',
    'Target.receivedMessageFromTarget',
  ] as const) {
    session.on(method, (params) =>
      follow(known, method, params as { sessionId: string; message: string }, send),
    )
  }
  await send('Target.setAutoAttach', AUTO_ATTACH)
  let level = NONE
  return {
    workers: () => known.size,
    settle: async () => {
      for (const worker of known.values()) await worker.collect()
      level = await sumOf(known)
    },
    growth: async (work) => {
      let peak = NONE
      let running = true
      const sampling = (async () => {
        while (running) {
          const { all, buffers, browser } = await sumOf(known)
          if (all - level.all > peak.all) {
            peak = {
              all: all - level.all,
              buffers: buffers - level.buffers,
              browser: browser - level.browser,
            }
          }
          await new Promise((resolve) => setTimeout(resolve, 50))
        }
      })()
      await work()
      running = false
      await sampling
      return peak
    },
  }
}

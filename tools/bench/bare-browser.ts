// A Chromium of its own with nothing attached that watches its network: what tools that record answers would add to
// times and memory stays out. It is spoken to through the DevTools protocol's pipe, and only asked what is needed.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Readable, Writable } from 'node:stream'
import { findChromium } from '../../tests/support/chromium.ts'

interface Message {
  id?: number
  sessionId?: string
  method?: string
  params?: { sessionId?: string; targetInfo?: { type: string; targetId: string } }
  result?: Record<string, unknown>
  error?: { message: string }
}

/** Bytes a worker holds: JavaScript objects, what stands behind array buffers, and the browser's own objects. */
export interface Bytes {
  all: number
  buffers: number
  browser: number
}

/** What a page's workers together, and its own thread, held at their highest above the level before. */
export interface Growth extends Bytes {
  page: Bytes
}

const NONE: Bytes = { all: 0, buffers: 0, browser: 0 }

/** Milliseconds in which a worker that has nothing to do answers, on a busy machine too. */
const PATIENCE = 3000

export interface BarePage {
  /** Evaluates an expression in the page and gives its (awaited) value. */
  evaluate<T>(expression: string): Promise<T>
  /**
   * Collects garbage in the page and in every worker; what is left is the level that growth counts from. A worker that
   * sleeps in `Atomics.wait`, as helpers of wasm kernels do, hears nobody meanwhile: it is left out from then on.
   */
  settle(): Promise<void>
  /**
   * Most that was held above that level while `work` ran, sampled every 50 ms; `collected`: every half second, after
   * garbage was collected, which leaves what is really in use and takes time from `work`.
   */
  growth(work: () => Promise<void>, collected?: 'collected'): Promise<Growth>
  workers(): number
  close(): Promise<void>
}

export interface BareBrowser {
  open(address: string): Promise<BarePage>
  close(): Promise<void>
}

/** Starts Chromium with a profile of its own, which is deleted when it is closed. */
export async function startBareBrowser(flags: readonly string[]): Promise<BareBrowser> {
  const profile = mkdtempSync(join(tmpdir(), 'featurescope-bench-'))
  const process = spawn(
    findChromium(),
    [...flags, '--headless=new', '--remote-debugging-pipe', `--user-data-dir=${profile}`, 'about:blank'],
    { stdio: ['ignore', 'ignore', 'ignore', 'pipe', 'pipe'] },
  )
  const connection = new Connection(process.stdio[3] as Writable, process.stdio[4] as Readable)
  return {
    open: (address) => openPage(connection, address),
    close: async () => {
      const ended = once(process, 'exit')
      await connection.send('Browser.close')
      await ended
      rmSync(profile, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 })
    },
  }
}

class Connection {
  readonly listeners = new Set<(message: Message) => void>()
  readonly #to: Writable
  /** Sessions end, and what was asked in them is then never answered. */
  readonly #waiting = new Map<number, { sessionId: string | undefined; answer: (message: Message) => void }>()
  #last = 0

  constructor(to: Writable, from: Readable) {
    this.#to = to
    let rest = ''
    from.setEncoding('utf8').on('data', (text: string) => {
      const parts = (rest + text).split('\0')
      rest = parts.pop() ?? ''
      for (const part of parts) this.#receive(JSON.parse(part))
    })
  }

  /** The answer; undefined when what was asked is gone. */
  async send(
    method: string,
    params: object = {},
    sessionId?: string,
  ): Promise<Record<string, unknown> | undefined> {
    this.#last += 1
    const id = this.#last
    const answered = new Promise<Message>((answer) => this.#waiting.set(id, { sessionId, answer }))
    this.#to.write(`${JSON.stringify({ id, method, params, sessionId })}\0`)
    const { result } = await answered
    return result
  }

  #ended(session: string | undefined): void {
    for (const [id, { sessionId, answer }] of this.#waiting) {
      if (sessionId !== session) continue
      this.#waiting.delete(id)
      answer({})
    }
  }

  #receive(message: Message): void {
    if (message.id !== undefined) {
      this.#waiting.get(message.id)?.answer(message)
      this.#waiting.delete(message.id)
      return
    }
    if (message.method === 'Target.detachedFromTarget') this.#ended(message.params?.sessionId)
    for (const listener of this.listeners) listener(message)
  }
}

async function openPage(connection: Connection, address: string): Promise<BarePage> {
  const created = await connection.send('Target.createTarget', { url: 'about:blank' })
  const targetId = created?.targetId
  const attached = await connection.send('Target.attachToTarget', { targetId, flatten: true })
  const session = String(attached?.sessionId)
  const workers = new Set<string>()
  const follow = (of: string) =>
    connection.send(
      'Target.setAutoAttach',
      { autoAttach: true, waitForDebuggerOnStart: false, flatten: true },
      of,
    )
  const listener = ({ method, params, sessionId }: Message): void => {
    const worker = params?.sessionId
    if (!worker || (sessionId !== session && !workers.has(sessionId ?? ''))) return
    if (method === 'Target.attachedToTarget' && params.targetInfo?.type === 'worker') {
      workers.add(worker)
      void follow(worker)
    } else if (method === 'Target.detachedFromTarget') workers.delete(worker)
  }
  connection.listeners.add(listener)
  await follow(session)
  await connection.send('Page.navigate', { url: address }, session)
  const bytesOf = async (worker: string): Promise<Bytes> => {
    const heap = await connection.send('Runtime.getHeapUsage', {}, worker)
    if (!heap) return NONE
    const buffers = Number(heap.backingStorageSize ?? 0)
    const browser = Number(heap.embedderHeapUsedSize ?? 0)
    return { all: Number(heap.usedSize) + buffers + browser, buffers, browser }
  }
  const asleep = new Set<string>()
  const held = async (): Promise<Growth> => {
    const awake = [...workers].filter((worker) => !asleep.has(worker))
    const [page, ...each] = await Promise.all([session, ...awake].map(bytesOf))
    return { ...each.reduce((a, b) => combined(a, b, (x, y) => x + y), NONE), page }
  }
  const collect = (of: string): Promise<'collected' | 'asleep'> => {
    const collecting = connection.send('HeapProfiler.collectGarbage', {}, of).then(() => 'collected' as const)
    const waiting = new Promise<'asleep'>((resolve) => setTimeout(resolve, PATIENCE, 'asleep'))
    return Promise.race([collecting, waiting])
  }
  let level: Growth = { ...NONE, page: NONE }
  return {
    workers: () => workers.size,
    evaluate: async <T>(expression: string): Promise<T> => {
      const answer = await connection.send(
        'Runtime.evaluate',
        { expression, awaitPromise: true, returnByValue: true },
        session,
      )
      if (!answer || answer.exceptionDetails) {
        throw new Error(`${expression}: ${JSON.stringify(answer?.exceptionDetails ?? 'no answer')}`)
      }
      return (answer.result as { value: T }).value
    },
    settle: async () => {
      asleep.clear()
      await collect(session)
      for (const worker of workers) if ((await collect(worker)) === 'asleep') asleep.add(worker)
      level = await held()
    },
    growth: async (work, collected) => {
      let peak: Growth = { ...NONE, page: NONE }
      let running = true
      const sampling = (async () => {
        while (running) {
          if (collected) for (const one of [session, ...workers]) if (!asleep.has(one)) await collect(one)
          const now = await held()
          const above = combined(now, level, (a, b) => a - b)
          const page = combined(now.page, level.page, (a, b) => a - b)
          peak = {
            ...(above.all > peak.all ? above : peak),
            page: page.all > peak.page.all ? page : peak.page,
          }
          await new Promise((resolve) => setTimeout(resolve, collected ? 500 : 50))
        }
      })()
      try {
        await work()
      } finally {
        running = false
      }
      await sampling
      return peak
    },
    close: async () => {
      connection.listeners.delete(listener)
      await connection.send('Target.closeTarget', { targetId })
    },
  }
}

function combined(a: Bytes, b: Bytes, how: (a: number, b: number) => number): Bytes {
  return { all: how(a.all, b.all), buffers: how(a.buffers, b.buffers), browser: how(a.browser, b.browser) }
}

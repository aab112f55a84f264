// Documents through a small model and an SAE on all cores: each runs whole on one thread. Products of so small
// matrices are over before threads that share them have met, and slower by far where another program wants a core.
import { releaseProxy, wrap } from 'comlink'
import { float32Bytes, holdArrays } from '../formats/held-arrays.ts'
import type { Hook } from '../lib/hook.ts'
import type { SparseRows } from '../lib/sparse-rows.ts'
import type { WeightPrecision } from '../lib/weight-precision.ts'
import type { DocumentModel, DocumentRunning } from './document.worker.ts'
import type { ModelFiles } from './model-files.ts'
import type { SaeFiles } from './sae-files.ts'

/** Each thread has weights of its own: more than this, as float32, are run by the session. */
const LARGEST = 64 * 1024 * 1024
/** Fewer documents are done before threads have started. */
const FEWEST = 48
/** Beyond, they wait for each other's memory. */
const MOST_THREADS = 6
/** Documents given to a thread at a time: some sixty milliseconds of the bundled model. */
const BATCH = 4
/** Batches a thread has been given: one runs, one waits. */
const AHEAD = 2

export interface DocumentPool {
  /**
   * Active features of the documents in their order, some documents at a time; [tokens] rows each. `before` is
   * awaited before a thread is given more: what else wants the cores goes first.
   */
  run(
    documents: readonly { tokens: number[] }[],
    before: () => Promise<void>,
    signal: AbortSignal,
  ): AsyncGenerator<SparseRows[]>
  end(): void
}

interface PoolModel {
  files: SaeFiles
  model: ModelFiles
  hook: Hook
  precision: WeightPrecision
}

/** Whether threads of their own are worth it for these. */
export function suitsPool({ arrays }: SaeFiles, { weights }: ModelFiles, documents: number): boolean {
  return documents >= FEWEST && float32Bytes(arrays) + float32Bytes(weights) <= LARGEST
}

/** Starts the threads. Rejects where the browser gives none, or the files cannot be read. */
export async function openPool(
  { files, model, hook, precision }: PoolModel,
  signal: AbortSignal,
): Promise<DocumentPool> {
  const document: DocumentModel = {
    ...{ config: model.config, weights: await holdArrays(model.weights, signal), precision, hook },
    sae: { name: files.path, arrays: await holdArrays(files.arrays, signal), activation: files.activation },
  }
  const threads: Thread[] = []
  const end = (): void => {
    for (const thread of threads) thread.end()
  }
  try {
    for (let count = threadCount(); threads.length < count; ) threads.push(startThread())
    await Promise.all(threads.map((thread) => thread.open(document)))
  } catch (error) {
    end()
    throw error
  }
  return { run: (documents, before, signal) => inOrder(threads, documents, before, signal), end }
}

/** All cores where there are two; one is left to the page where there are more. */
function threadCount(): number {
  const cores = navigator.hardwareConcurrency
  return Math.max(1, Math.min(MOST_THREADS, cores > 2 ? cores - 1 : cores))
}

interface Thread {
  /** Batches it has not answered. */
  waiting: number
  open(model: DocumentModel): Promise<void>
  run(documents: readonly (readonly number[])[]): Promise<SparseRows[]>
  end(): void
}

async function* inOrder(
  threads: readonly Thread[],
  documents: readonly { tokens: number[] }[],
  before: () => Promise<void>,
  signal: AbortSignal,
): AsyncGenerator<SparseRows[]> {
  const given: Promise<SparseRows[]>[] = []
  for (let from = 0; from < documents.length || given.length > 0; ) {
    while (from < documents.length && given.length < AHEAD * threads.length) {
      await before()
      signal.throwIfAborted()
      const [idlest] = [...threads].sort((a, b) => a.waiting - b.waiting)
      const batch = documents.slice(from, from + BATCH).map(({ tokens }) => tokens)
      idlest.waiting += 1
      const found = idlest.run(batch).finally(() => {
        idlest.waiting -= 1
      })
      // A failure is met when its turn comes, or never, where an earlier one came first.
      found.catch(() => undefined)
      given.push(found)
      from += batch.length
    }
    const next = await given.shift()
    signal.throwIfAborted()
    if (next) yield next
  }
}

function startThread(): Thread {
  const worker = new Worker(new URL('./document.worker.ts', import.meta.url), {
    type: 'module',
    name: 'documents',
  })
  const running = wrap<DocumentRunning>(worker)
  const failed = new Promise<never>((_, reject) => {
    worker.addEventListener('error', ({ message }) => reject(new Error(`A thread failed: ${message}`)))
  })
  failed.catch(() => undefined)
  return {
    waiting: 0,
    open: (model) => Promise.race([running.open(model), failed]),
    run: (documents) => Promise.race([running.run(documents), failed]),
    end: () => {
      running[releaseProxy]()
      worker.terminate()
    },
  }
}

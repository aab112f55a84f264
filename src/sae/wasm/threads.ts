// Threads of the wasm backend: this one, and helpers that share the SAE's memory where the page may have them.

import type { HelperStart } from './helper.ts'
import { DONE, JOB, JOB_WORDS, STARTED } from './job.ts'
import type { EncodeJob, Kernels } from './kernels.ts'

/** More than this only wait for one another's memory. */
const MAX_THREADS = 8
/** Milliseconds a helper has to start; without it the others do the work. */
const START_TIME = 5000
/** Milliseconds of waiting without giving the event loop its turn. */
const SPIN_TIME = 5

/** How many threads an SAE may use: sharing memory needs a cross-origin isolated page. */
export function threadsAllowed(): number {
  if (typeof Worker === 'undefined' || !globalThis.crossOriginIsolated) return 1
  return Math.max(1, Math.min(MAX_THREADS, navigator.hardwareConcurrency))
}

export interface Threads {
  /** This thread and the helpers. */
  count: number
  /** Runs one job on each thread, the first one here; all have ended when it resolves. */
  run(jobs: readonly EncodeJob[]): Promise<void>
  end(): void
}

/** Starts `wanted` - 1 helpers; those that do not start are done without. `jobs` is the address of their job words. */
export async function startThreads(
  wanted: number,
  kernels: Kernels,
  module: WebAssembly.Module,
  memory: WebAssembly.Memory,
  jobs: number,
): Promise<Threads> {
  const starts = Array.from({ length: wanted - 1 }, (_, i) =>
    startHelper({ module, memory, job: jobs + 4 * JOB_WORDS * i }),
  )
  const helpers = (await Promise.all(starts)).filter((helper) => helper !== undefined)
  return {
    count: 1 + helpers.length,
    run: async ([own, ...others]) => {
      const running = others.map((job, i) => helpers[i].begin(job))
      kernels.encode(...own)
      for (const ended of running) await ended()
    },
    end: () => {
      for (const { worker } of helpers) worker.terminate()
    },
  }
}

interface Helper {
  worker: Worker
  /** Starts a job; what it gives back waits for its end. */
  begin(job: EncodeJob): () => Promise<void>
}

async function startHelper(start: HelperStart): Promise<Helper | undefined> {
  let worker: Worker | undefined
  try {
    worker = new Worker(new URL('./helper.ts', import.meta.url), { type: 'module', name: 'sae helper' })
    await ready(worker, start)
    return { worker, begin: beginOn(start) }
  } catch {
    // Blocked by policy, or the machine is out of threads: slower, not broken.
    worker?.terminate()
    return undefined
  }
}

function ready(worker: Worker, start: HelperStart): Promise<void> {
  return new Promise((resolve, reject) => {
    setTimeout(() => reject(new Error('too late')), START_TIME)
    worker.addEventListener('message', () => resolve(), { once: true })
    worker.addEventListener('error', () => reject(new Error('not started')), { once: true })
    worker.postMessage(start)
  })
}

function beginOn({ memory, job: address }: HelperStart): Helper['begin'] {
  const words = new Int32Array(memory.buffer, address, JOB_WORDS)
  const args = new Uint32Array(memory.buffer, address + 4 * JOB, JOB_WORDS - JOB)
  let started = 0
  return (job) => {
    started += 1
    const number = started
    args.set(job)
    Atomics.store(words, STARTED, number)
    Atomics.notify(words, STARTED)
    return async () => {
      // The parts are equal, so the others end about when this thread does.
      const until = performance.now() + SPIN_TIME
      while (Atomics.load(words, DONE) !== number && performance.now() < until);
      while (Atomics.load(words, DONE) !== number) {
        await new Promise((resolve) => {
          setTimeout(resolve)
        })
      }
    }
  }
}

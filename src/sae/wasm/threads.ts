// Threads of the wasm backend: this one, and helpers that share the SAE's memory where the page may have them.
import type { EncodeJob, Kernels } from './kernels.ts'
import type { ToHelper } from './helper.ts'

/** More than this only wait for one another's memory. */
const MAX_THREADS = 8
/** Milliseconds a helper has to start; without it the others do the work. */
const START_TIME = 5000

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

/** Starts `wanted` - 1 helpers; those that do not start are done without. */
export async function startThreads(
  wanted: number,
  kernels: Kernels,
  module: WebAssembly.Module,
  memory: WebAssembly.Memory,
): Promise<Threads> {
  const started = await Promise.all(Array.from({ length: wanted - 1 }, () => startHelper(module, memory)))
  const helpers = started.filter((helper) => helper !== undefined)
  return {
    count: 1 + helpers.length,
    run: async ([own, ...others]) => {
      const running = others.map((job, i) => ask(helpers[i], { job }))
      kernels.encode(...own)
      await Promise.all(running)
    },
    end: () => {
      for (const helper of helpers) helper.terminate()
    },
  }
}

async function startHelper(
  module: WebAssembly.Module,
  memory: WebAssembly.Memory,
): Promise<Worker | undefined> {
  let helper: Worker | undefined
  try {
    helper = new Worker(new URL('./helper.ts', import.meta.url), { type: 'module', name: 'sae helper' })
    const late = new Promise<never>((_, reject) => {
      setTimeout(() => reject(new Error('too late')), START_TIME)
    })
    await Promise.race([ask(helper, { module, memory }), late])
    return helper
  } catch {
    // Blocked by policy, or the machine is out of threads: slower, not broken.
    helper?.terminate()
    return undefined
  }
}

/** Sends one message and waits for its answer. */
function ask(helper: Worker, message: ToHelper): Promise<void> {
  return new Promise((resolve, reject) => {
    const settle = (outcome: () => void) => (): void => {
      helper.removeEventListener('message', done)
      helper.removeEventListener('error', failed)
      outcome()
    }
    const done = settle(resolve)
    const failed = settle(() => reject(new Error('A thread of the wasm backend stopped.')))
    helper.addEventListener('message', done)
    helper.addEventListener('error', failed)
    helper.postMessage(message)
  })
}

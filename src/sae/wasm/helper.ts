// A helper thread: runs encode jobs on the memory it shares with the SAE that started it. Jobs come through that memory
// too, because a message takes longer than a small job.

import { DONE, JOB, JOB_WORDS, readJob, STARTED } from './job.ts'
import { instantiate } from './kernels.ts'

/** The one message a helper is sent. */
export interface HelperStart {
  module: WebAssembly.Module
  memory: WebAssembly.Memory
  /** Byte address of the helper's job words. */
  job: number
}

self.addEventListener('message', async ({ data: { module, memory, job } }: MessageEvent<HelperStart>) => {
  const kernels = await instantiate(module, memory)
  const words = new Int32Array(memory.buffer, job, JOB_WORDS)
  self.postMessage('ready')
  // Ends when the helper is terminated.
  for (let done = 0; ; ) {
    Atomics.wait(words, STARTED, done)
    const started = Atomics.load(words, STARTED)
    if (started === done) continue
    kernels.encode(...readJob(new Uint32Array(memory.buffer, job + 4 * JOB, JOB_WORDS - JOB)))
    done = started
    Atomics.store(words, DONE, done)
    Atomics.notify(words, DONE)
  }
})

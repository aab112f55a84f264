// A helper thread: runs encode jobs on the memory it shares with the SAE that started it.
import { type EncodeJob, instantiate, type Kernels } from './kernels.ts'

/** What a helper is sent: first where to work, then one job after another. */
export type ToHelper = { module: WebAssembly.Module; memory: WebAssembly.Memory } | { job: EncodeJob }

let kernels: Kernels | undefined

self.addEventListener('message', async ({ data }: MessageEvent<ToHelper>) => {
  if ('module' in data) kernels = await instantiate(data.module, data.memory)
  else kernels?.encode(...data.job)
  self.postMessage('done')
})

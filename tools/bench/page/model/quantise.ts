// Asks the worker that reads and packs a layer: the page's own thread has none of it, as in the real page.
import { wrap } from 'comlink'
import type { ModelPage } from '../../model-cases.ts'
import type { QuantiseWorker } from './quantise.worker.ts'

export const quantise: ModelPage['quantise'] = async (address, configJson, repetitions) => {
  const worker = new Worker(new URL('./quantise.worker.ts', import.meta.url), { type: 'module' })
  try {
    return await wrap<QuantiseWorker>(worker).quantise(address, configJson, repetitions)
  } finally {
    worker.terminate()
  }
}

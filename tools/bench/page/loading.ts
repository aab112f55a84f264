// The page of the loading benchmark: the engine in its worker as the real page has it, and a plain fetch beside it.
import { DOCUMENT_TOKENS } from '../../../src/activation-index/manifest.ts'
import { startEngine } from '../../../src/engine/client.ts'
import type { ImportBench, LoadingPage } from '../cases.ts'
import { buildIndex, readIndex } from './build-index.ts'
import { importBench } from './import.ts'
import { precision } from './precision.ts'

declare global {
  interface Window {
    loading: LoadingPage
    importing: ImportBench
  }
}

const client = startEngine()

window.importing = importBench(client)
window.loading = {
  precision: () => precision(client, 'featurescope/gemma-2-mini'),
  prepare: async (endpoint) => {
    await client.setHub({ endpoint })
    const { adapter } = await client.setBackends({
      ...{ sae: 'webgpu', model: 'wasm', precision: 'f32', gpuBudget: 4e9, weights: 'auto' },
    })
    // As on the page on which an SAE is picked.
    await client.publicCatalogue()
    return adapter
  },
  open: async (sae) => {
    const started = performance.now()
    const opened = await client.open({ sae })
    const milliseconds = performance.now() - started
    const { files } = await client.storage()
    const stored = files.find(({ name }) => name === sae)
    const backends = await client.backends()
    return {
      milliseconds,
      dIn: opened.sae?.dIn,
      dSae: opened.sae?.dSae,
      onGpu: backends.sae === 'webgpu' ? backends.weights?.bytes : undefined,
      verified: stored?.verified,
    }
  },
  openModel: async (repo, weights) => {
    await client.setBackends({
      ...{ sae: 'wasm', model: 'wasm', precision: 'f32', gpuBudget: 4e9, weights },
    })
    await client.open({ model: repo })
  },
  model: async (repo, hook, weights) => {
    const { precisions } = await client.planModel(repo, [hook])
    const plan = precisions.find(({ precision }) => precision === weights)
    const started = performance.now()
    await client.activations([2, 5, 6], hook)
    const milliseconds = performance.now() - started
    const { modelWeights } = await client.backends()
    return {
      milliseconds,
      download: plan?.download ?? 0,
      cached: plan?.cached ?? 0,
      bytes: modelWeights?.bytes ?? 0,
    }
  },
  index: (source, text, features) => buildIndex(client, source, text, features),
  indexed: async (source, features) => {
    await client.open({ sae: source })
    return readIndex(client, features)
  },
  documents: async (text) => {
    const [bos, ...ids] = (await client.tokenize(text)).ids
    const length = DOCUMENT_TOKENS - 1
    return Array.from({ length: Math.ceil(ids.length / length) }, (_, at) => [
      bos,
      ...ids.slice(at * length, (at + 1) * length),
    ])
  },
  statistics: async () => {
    const started = performance.now()
    const { threshold } = await client.sourceStatistics()
    return {
      milliseconds: performance.now() - started,
      features: threshold.counts.reduce((sum, count) => sum + count, 0),
    }
  },
  checked: async (sae) => {
    for (;;) {
      const { files } = await client.storage()
      if (files.some(({ name, verified }) => name === sae && verified === 'sha256')) return
      await new Promise((resolve) => setTimeout(resolve, 50))
    }
  },
  fetch: async (address, cache) => {
    const started = performance.now()
    const { byteLength } = await (await fetch(address, { cache })).arrayBuffer()
    return { milliseconds: performance.now() - started, byteLength }
  },
}

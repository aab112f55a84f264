// Builds an index in the page as the page does, and reads features of it.
import { ActivationIndex } from '../../../src/activation-index/reader.ts'
import { MemoryStore } from '../../../src/activation-index/store.ts'
import type { EngineClient } from '../../../src/engine/client.ts'
import type { BuiltIndex } from '../cases.ts'

export async function buildIndex(
  client: EngineClient,
  source: string,
  text: string,
  features: readonly number[],
): Promise<BuiltIndex> {
  await client.setBackends({
    ...{ sae: 'wasm', model: 'wasm', precision: 'f32', gpuBudget: 4e9, weights: 'auto' },
  })
  await client.open({ model: 'featurescope/gemma-2-mini', sae: source })
  // Weights and runtime are in place before the clock starts.
  await client.run('Call me Ishmael.')
  await client.dropIndex()
  const started = performance.now()
  let running = 0
  const onProgress = ({ label }: { label: string }): void => {
    if (label === 'Building the index') running = performance.now() - started
  }
  const { manifest } = await client.buildIndex({ kind: 'text', name: 'bench', text }, { onProgress })
  const milliseconds = performance.now() - started
  const times = await readIndex(client, features)
  const { count, max } = await figures(client)
  await client.dropIndex()
  const [first, ...others] = times
  return {
    ...{ milliseconds, running, tokens: manifest.countedTokens, first, others },
    ...{ counts: [...count], max: [...max] },
  }
}

/** Milliseconds until each feature has been read, one after another. */
export async function readIndex(client: EngineClient, features: readonly number[]): Promise<number[]> {
  const times: number[] = []
  for (const feature of features) {
    const asked = performance.now()
    await client.indexedFeature(feature)
    times.push(performance.now() - asked)
  }
  return times
}

async function figures(client: EngineClient) {
  const store = new MemoryStore()
  for (const { name, bytes } of await client.indexFiles()) {
    const sink = await store.create(name)
    await sink.write(bytes)
    await sink.close()
  }
  const index = await ActivationIndex.open(store)
  if (!index) throw new Error('no index was built')
  return index.columns(['count', 'max'])
}

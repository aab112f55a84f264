// An index of a made-up corpus at the size and sparsity of real ones, built part by part without a model.
import { IndexBuilder } from '../../src/activation-index/builder.ts'
import type { IndexManifest } from '../../src/activation-index/manifest.ts'
import type { IndexStore } from '../../src/activation-index/store.ts'
import type { SparseRows } from '../../src/lib/sparse-rows.ts'
import { seededRandom } from './random.ts'

interface SizedCorpus {
  documents: number
  dSae: number
  /** Features active on a token. */
  l0: number
  /** Postings of a part; the builder's own unless told. */
  partPostings?: number
  /** What the source is called. */
  source?: string
  /** Told after every document and while the index is written. */
  onStep?(): void
}

const LENGTH = 128
const VOCABULARY = 20_000

/**
 * Documents of 128 tokens. How often features fire falls from a fifth of all tokens to once in 100,000 and less, as in
 * Gemma Scope, with `l0` of them on a token.
 */
export async function buildAtSize(store: IndexStore, corpus: SizedCorpus): Promise<IndexManifest> {
  const { documents, dSae, l0, partPostings, source = 'made-up', onStep } = corpus
  const random = seededRandom(23)
  const drawFeature = featureDrawing(dSae, random)
  const builder = await IndexBuilder.open({
    ...{ store, fingerprint: `${documents} ${dSae} ${l0}`, partPostings, partDocuments: documents },
    head: {
      ...{ model: 'made-up', source, dSae, precision: 'float32', code: 'featurescope test' },
      corpus: { name: 'made up', kinds: ['text'] },
    },
  })
  for (let document = 0; document < documents; document += 1) {
    const tokens = Array.from({ length: LENGTH }, (_, at) =>
      at === 0 ? 2 : 3 + Math.floor(VOCABULARY * random() ** 2),
    )
    await builder.add({ kind: 0, title: 'made up', tokens }, rowsOf(l0, drawFeature, random))
    onStep?.()
  }
  return builder.finish({ piece: (id) => `▁t${id}`, onProgress: () => onStep?.() })
}

/** `count` features on each of a document's tokens, none twice on one. */
function rowsOf(count: number, draw: () => number, random: () => number): SparseRows {
  const indices = new Uint32Array(LENGTH * count)
  for (let row = 0; row < LENGTH; row += 1) {
    const own = new Set<number>()
    while (own.size < count) own.add(draw())
    indices.set(
      [...own].sort((a, b) => a - b),
      row * count,
    )
  }
  return {
    ...{ rows: LENGTH, width: 0, indices },
    rowPtr: Uint32Array.from({ length: LENGTH + 1 }, (_, row) => row * count),
    values: Float32Array.from(indices, () => 1 + 30 * random() ** 4),
  }
}

/** Draws features with log-normal frequencies; which are frequent has nothing to do with their numbers. */
function featureDrawing(dSae: number, random: () => number): () => number {
  const ends = new Float64Array(dSae)
  let total = 0
  for (let feature = 0; feature < dSae; feature += 1) {
    const normal = Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random())
    total += Math.exp(1.6 * normal)
    ends[feature] = total
  }
  return () => {
    const target = random() * total
    let [low, high] = [0, dSae - 1]
    while (low < high) {
      const middle = (low + high) >> 1
      if (ends[middle] > target) high = middle
      else low = middle + 1
    }
    return low
  }
}

// A corpus with firings that are cheap to make and differ by document: what index tests are run on.
import { IndexBuilder } from '../../src/activation-index/builder.ts'
import type { Cap } from '../../src/activation-index/cap.ts'
import { type IndexStore, MemoryStore } from '../../src/activation-index/store.ts'
import type { IndexDocument } from '../../src/activation-index/types.ts'
import type { SparseRows } from '../../src/lib/sparse-rows.ts'
import { seededRandom } from './random.ts'

export interface CorpusCase {
  dSae: number
  kinds: string[]
  documents: { document: Omit<IndexDocument, 'document'>; features: SparseRows }[]
}

/** Documents of 2 to 24 tokens; feature 0 never fires, feature 1 nearly always, the others now and then. */
export function corpusCase(seed: number, documents: number, dSae = 12): CorpusCase {
  const random = seededRandom(seed)
  const kinds = ['speeches', 'novel', 'code']
  return {
    dSae,
    kinds,
    documents: Array.from({ length: documents }, (_, number) => {
      const length = 2 + Math.floor(random() * 23)
      const tokens = Array.from({ length }, (_, at) => (at === 0 ? 2 : 10 + Math.floor(random() * 30)))
      const rowPtr = new Uint32Array(length + 1)
      const indices: number[] = []
      const values: number[] = []
      for (let row = 0; row < length; row += 1) {
        for (let feature = 1; feature < dSae; feature += 1) {
          const often = feature === 1 ? 0.9 : (tokens[row] % dSae) + 1 === feature ? 0.6 : 0.05
          if (random() >= often) continue
          indices.push(feature)
          // Coarse values, so that there are ties.
          values.push(Math.fround(1 + Math.floor(random() * 40) / 4))
        }
        rowPtr[row + 1] = indices.length
      }
      const features = {
        ...{ rows: length, width: dSae, rowPtr },
        ...{ indices: Uint32Array.from(indices), values: Float32Array.from(values) },
      }
      return { document: { kind: number % 3, title: `document ${number}`, tokens }, features }
    }),
  }
}

/** The same firings with values that have no ties and fill a float's digits. */
export function withFineValues(corpus: CorpusCase, seed: number): CorpusCase {
  const random = seededRandom(seed)
  const documents = corpus.documents.map(({ document, features }) => ({
    document,
    features: { ...features, values: features.values.map(() => 0.01 + 20 * random() ** 3) },
  }))
  return { ...corpus, documents }
}

export const CREATED = new Date('2026-11-28T00:00:00Z')

export function headOf({ dSae, kinds }: CorpusCase, name = 'generated') {
  return {
    ...{ model: 'gemma-2-mini', source: '3-test', hook: 'blocks.3.hook_resid_post', dSae },
    ...{ precision: 'float32', corpus: { name, kinds }, code: 'featurescope test' },
  }
}

/** Builds the index of `corpus` in small parts. */
export async function buildCase(
  corpus: CorpusCase,
  { store = new MemoryStore(), cap, name }: { store?: IndexStore; cap?: Cap; name?: string } = {},
): Promise<IndexStore> {
  const builder = await IndexBuilder.open({
    ...{ store, head: headOf(corpus, name), fingerprint: 'case' },
    ...{ partPostings: 100, partDocuments: 7 },
  })
  for (const { document, features } of corpus.documents.slice(builder.documents)) {
    await builder.add(document, features)
  }
  await builder.finish({ piece: (id) => `▁t${id}`, cap, created: CREATED })
  return store
}

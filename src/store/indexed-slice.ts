// What the open index and the decoder have of single features: asked for once, and given up when another is looked at.
import type { CallOptions } from '../engine/client.ts'
import type { IndexedFeature, IndexInfo } from '../engine/protocol.ts'
import { isAbort, toUserError } from '../lib/errors.ts'
import type { AppState, IndexedSlice, Known, Slice } from './types.ts'

/** Features listed as near another. */
const SIMILAR = 10

interface Question<T> {
  known: ReadonlyMap<number, Known<T>>
  answer(call: CallOptions): Promise<T>
  /** Undefined: it was not answered, and may be asked again. */
  put(state: Known<T> | undefined): void
}

export const indexedSlice: Slice<IndexedSlice> = (set, get, { client }) => {
  const current: { indexed?: AbortController; similar?: AbortController } = {}

  /** Asks unless that is known or being asked; only the feature asked for last is worth the engine's time. */
  async function ask<T>(kind: keyof typeof current, index: number, question: Question<T>): Promise<void> {
    const { known, answer, put } = question
    const before = known.get(index)
    if (before === 'loading' || (before && 'value' in before)) return
    current[kind]?.abort()
    const abort = new AbortController()
    current[kind] = abort
    put('loading')
    try {
      put({ value: await answer({ signal: abort.signal }) })
    } catch (thrown) {
      put(isAbort(thrown) ? undefined : { error: toUserError(thrown) })
    }
  }

  return {
    indexed: new Map(),
    indexedOf: undefined,
    similar: new Map(),

    loadIndexed: async (index) => {
      const info = openIndex(get())
      if (!info) return
      if (get().indexedOf !== info) set({ indexed: new Map(), indexedOf: info })
      await ask<IndexedFeature | undefined>('indexed', index, {
        known: get().indexed,
        answer: (call) => client.indexedFeature(index, call),
        put: (state) => {
          if (get().indexedOf === info && openIndex(get()) === info) {
            set({ indexed: withEntry(get().indexed, index, state) })
          }
        },
      })
    },

    loadSimilar: async (index) => {
      const { sae, similar } = get()
      if (!sae) return
      await ask('similar', index, {
        known: similar,
        answer: (call) => client.similar(index, SIMILAR, call),
        put: (state) => {
          if (get().sae === sae) set({ similar: withEntry(get().similar, index, state) })
        },
      })
    },
  }
}

/** The index of the open source, once one is known. */
export function openIndex({ index, sae }: Pick<AppState, 'index' | 'sae'>): IndexInfo | undefined {
  const info = index.status === 'known' ? index.info : undefined
  // For a moment after another source opened, what is known is of the one before.
  return info?.manifest.source === sae?.source ? info : undefined
}

function withEntry<V>(map: ReadonlyMap<number, V>, key: number, value: V | undefined): Map<number, V> {
  const changed = new Map(map)
  if (value === undefined) changed.delete(key)
  else changed.set(key, value)
  return changed
}

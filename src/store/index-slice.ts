// The activation index of the open source: looked for, built in the background or when asked, opened from files.
import type { CorpusInput, IndexInfo } from '../engine/protocol.ts'
import { isAbort, toUserError } from '../lib/errors.ts'
import type { Progress } from '../lib/progress.ts'
import type { IndexSlice, Slice } from './types.ts'

/** Milliseconds after a bundled source was opened until its index is built unasked: what a person came for is first. */
const PATIENCE = 5000

export const indexSlice: Slice<IndexSlice> = (set, get, { client }) => {
  let building: AbortController | undefined
  let looking: Promise<void> | undefined
  let lookedFor: unknown
  /** Sources whose building was cancelled: not begun again unasked. */
  const declined = new Set<string>()

  const take = (sae: unknown, info: IndexInfo | undefined): void => {
    if (get().sae === sae) set({ index: { status: 'known', info } })
  }

  async function make(
    ask: (options: { signal: AbortSignal }) => Promise<IndexInfo>,
    label: string,
  ): Promise<void> {
    const { sae } = get()
    if (!sae || building) return
    const abort = new AbortController()
    building = abort
    set({
      indexError: undefined,
      indexing: { of: sae.source, label, progress: undefined, since: performance.now() },
    })
    try {
      const info = await ask({ signal: abort.signal })
      take(sae, info)
    } catch (thrown) {
      if (isAbort(thrown)) declined.add(sae.source)
      else if (get().sae === sae) set({ indexError: toUserError(thrown) })
    } finally {
      building = undefined
      set({ indexing: undefined })
    }
  }

  const withProgress = (options: { signal: AbortSignal }) => ({
    ...options,
    onProgress: (progress: Progress) => {
      const { indexing } = get()
      if (indexing) set({ indexing: { ...indexing, label: progress.label, progress } })
    },
  })

  return {
    index: { status: 'unknown' },
    indexing: undefined,
    indexError: undefined,

    loadIndex: async ({ again } = { again: false }) => {
      const { sae } = get()
      if (!sae) return
      if (!again && lookedFor === sae && (looking || get().index.status === 'known')) return looking
      lookedFor = sae
      // What was building for another source is kept, and gone on with when that is opened again.
      if (!again) building?.abort()
      set({ index: { status: 'unknown' }, indexError: undefined })
      looking = client
        .indexInfo()
        .then((info) => take(sae, info))
        .catch((thrown: unknown) => {
          if (get().sae === sae)
            set({ index: { status: 'known', info: undefined }, indexError: toUserError(thrown) })
        })
        .finally(() => {
          looking = undefined
        })
      await looking
    },

    buildUnasked: () => {
      const { sae, catalogue } = get()
      const bundled =
        sae && catalogue?.some(({ source, release }) => source === sae.source && release === 'bundled')
      if (!bundled || declined.has(sae.source)) return () => {}
      const timer = setTimeout(() => {
        const { index, sae: now, model, activations } = get()
        const none = index.status === 'known' && index.info === undefined
        if (now === sae && model && !activations && none) void get().buildIndex()
      }, PATIENCE)
      return () => clearTimeout(timer)
    },

    buildIndex: (corpus: CorpusInput = { kind: 'bundled' }) =>
      make((options) => client.buildIndex(corpus, withProgress(options)), 'Reading the texts'),

    openIndex: (asked) =>
      make((options) => client.openIndex(asked, withProgress(options)), 'Opening the index'),

    indexFiles: (signal) => client.indexFiles({ signal }),

    cancelIndexing: () => building?.abort(),

    dropIndex: async () => {
      const { sae } = get()
      try {
        take(sae, await client.dropIndex())
        if (sae) declined.add(sae.source)
      } catch (thrown) {
        set({ indexError: toUserError(thrown) })
      }
    },
  }
}

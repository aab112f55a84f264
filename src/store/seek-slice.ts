// Labels asked of Neuronpedia for the features in sight: only once that is turned on, remembered in this browser.
import { isAbort, toUserError, type UserError } from '../lib/errors.ts'
import type { AppState, Slice } from './types.ts'

export interface SeekSlice {
  /** Whose API is asked; "https://www.neuronpedia.org" unless this browser was given another of its kind. */
  neuronpedia: string
  /** Whether it may be asked at all. */
  seeking: boolean
  /** Why it is asked no more, until somebody tries again. */
  seekError: UserError | undefined
  setSeeking(on: boolean): void
  /** Asks for the label of a feature of the open source unless it has one; returns what calls it off. */
  seekLabel(index: number): () => void
  retrySeeking(): void
}

const SWITCH = 'labels-in-sight'
const HOST = 'neuronpedia'

/** The open source's name on Neuronpedia, "gemma-2-2b/20-gemmascope-res-16k", once the library was loaded. */
export function neuronpediaName({ library, sae }: AppState): string | undefined {
  return sae && library?.find(({ repo, path }) => repo === sae.repo && path === sae.path)?.neuronpedia
}

export const seekSlice: Slice<SeekSlice> = (set, get, { client, kept }) => {
  const host = kept?.read(HOST) ?? ''

  async function seek(index: number, source: string, signal: AbortSignal): Promise<void> {
    const { sae, neuronpedia: from } = get()
    try {
      const label = await client.seekLabel(index, { from, source }, { signal })
      if (!label || get().sae !== sae) return
      set(({ labels }) => (labels.has(index) ? {} : { labels: new Map(labels).set(index, label) }))
    } catch (thrown) {
      if (!isAbort(thrown) && get().seeking) set({ seekError: toUserError(thrown) })
    }
  }

  return {
    neuronpedia: /^(https:\/\/[^/?#@]+|http:\/\/(localhost|127\.0\.0\.1)(:\d+)?)$/.test(host)
      ? host
      : 'https://www.neuronpedia.org',
    seeking: kept?.read(SWITCH) === 'on',
    seekError: undefined,

    setSeeking: (seeking) => {
      kept?.write(SWITCH, seeking ? 'on' : undefined)
      set({ seeking, seekError: undefined })
    },

    seekLabel: (index) => {
      const abort = new AbortController()
      const { seeking, seekError, labels } = get()
      const source = neuronpediaName(get())
      if (seeking && source && !seekError && !labels.has(index)) void seek(index, source, abort.signal)
      return () => abort.abort()
    },

    retrySeeking: () => set({ seekError: undefined }),
  }
}

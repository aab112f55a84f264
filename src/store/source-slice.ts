// Statistics over all features of the open source: read when they are asked for, dropped when another source opens.
import { isAbort, toUserError } from '../lib/errors.ts'
import type { Slice, SourceSlice, StatisticsState } from './types.ts'

export const sourceSlice: Slice<SourceSlice> = (set, get, { client }) => {
  let current: AbortController | undefined

  return {
    statistics: undefined,

    loadStatistics: async () => {
      const { sae, statistics } = get()
      if (!sae || statistics?.status === 'loading' || statistics?.status === 'ready') return
      current?.abort()
      const abort = new AbortController()
      current = abort
      const since = performance.now()
      const put = (state: StatisticsState): void => {
        if (get().sae === sae && current === abort) set({ statistics: state })
      }
      put({ status: 'loading', label: 'Reading weights', progress: undefined, since })
      try {
        const value = await client.sourceStatistics({
          signal: abort.signal,
          onProgress: (progress) => {
            // What another source has taken the place of is not worth reading on.
            if (get().sae !== sae) abort.abort()
            put({ status: 'loading', label: progress.label, progress, since })
          },
        })
        put({ status: 'ready', value })
      } catch (thrown) {
        put(isAbort(thrown) ? { status: 'cancelled' } : { status: 'failed', error: toUserError(thrown) })
      }
    },

    cancelStatistics: () => current?.abort(),
  }
}

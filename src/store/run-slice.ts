// The text and what the model and SAE make of it. The latest run wins; a failed one leaves the last result in place.
import type { CallOptions } from '../engine/client.ts'
import { isAbort, toUserError } from '../lib/errors.ts'
import { featureColumns, tokenTotals } from '../lib/feature-columns.ts'
import { exploreRoute } from '../lib/route.ts'
import type { RunShown, RunSlice, Slice } from './types.ts'

export const runSlice: Slice<RunSlice> = (set, get, { client }) => {
  let current: AbortController | undefined

  return {
    draft: '',
    shown: undefined,
    running: undefined,
    runError: undefined,
    setDraft: (draft) => set({ draft }),

    run: async (input) => {
      current?.abort()
      const { model, sae } = get()
      const source = sae?.source ?? ''
      const modelId = model?.id ?? sae?.model ?? ''
      if (input === '') {
        current = undefined
        set({ shown: undefined, running: undefined, runError: undefined })
        return
      }
      const abort = new AbortController()
      current = abort
      const since = performance.now()
      set({ running: { label: 'Running', progress: undefined, since }, runError: undefined })
      try {
        const may = typeof input === 'string' ? get().mayLoad() : true
        if (may !== true && !(await may)) {
          if (current === abort) set({ running: undefined })
          return
        }
        if (current !== abort) return
        const call: CallOptions = {
          signal: abort.signal,
          onProgress: (progress) => {
            if (current === abort) set({ running: { label: progress.label, progress, since } })
          },
        }
        const result = await (typeof input === 'string'
          ? client.run(input, call)
          : client.runActivations(input.sequence, call))
        if (current !== abort) return
        const columns = featureColumns(result.features, get().bos ? [] : result.windows)
        const given = typeof input === 'string' ? undefined : get().activations
        // Another source may have been given another array of the same file.
        const activations = given && { ...given, info: result.activations ?? given.info }
        const shown: RunShown = {
          origin: activations ? { activations: activations.info, sequence: activations.sequence } : 'text',
          text: typeof input === 'string' ? input : undefined,
          model: modelId,
          source,
          result,
          columns,
          totals: tokenTotals(columns),
        }
        set({ shown, activations: activations ?? get().activations, running: undefined })
      } catch (thrown) {
        if (current === abort) {
          set({ running: undefined, runError: isAbort(thrown) ? undefined : toUserError(thrown) })
        }
      } finally {
        if (current === abort) current = undefined
      }
    },

    submit: async () => {
      const { route, draft, shown, listing, bos, visit, run } = get()
      if (!route) return
      const same = shown?.text === draft && shown.source === route.source
      if (same) return run(draft)
      const { view } = route
      if (view === 'feature' || view === 'layers' || view === 'compare') {
        return visit({ ...route, text: draft })
      }
      return visit({ ...exploreRoute(route.model, route.source, draft), ...listing, bos })
    },

    cancel: () => {
      current?.abort()
      get().cancelOpening()
    },
  }
}

// What is open: catalogue, model, SAE and the backends they run on.
import { isAbort, toUserError, UserError } from '../lib/errors.ts'
import { DEFAULT_GPU_BUDGET } from '../lib/gpu-budget.ts'
import { exploreRoute } from '../lib/route.ts'
import type { AppState, SessionSlice, Slice } from './types.ts'

export const sessionSlice: Slice<SessionSlice> = (set, get, { client }) => {
  let catalogue: ReturnType<typeof client.catalogue> | undefined
  let opening: { key: string; abort: AbortController; done: Promise<boolean> } | undefined

  client.onBackends((backends) => set({ backends }))

  /** What belongs to the SAE that was open before. */
  function forget(): Partial<AppState> {
    return { labels: new Map(), dashboards: new Map(), promoted: new Map() }
  }

  async function loadLabels(): Promise<void> {
    const { sae } = get()
    try {
      const labels = await client.labels()
      if (get().sae === sae) set({ labels })
    } catch {
      // Labels are an extra: features without them show the tokens they promote.
    }
  }

  return {
    catalogue: undefined,
    backends: undefined,
    choice: { sae: 'auto', model: 'auto', precision: 'f32', gpuBudget: DEFAULT_GPU_BUDGET },
    model: undefined,
    sae: undefined,
    labels: new Map(),
    opening: undefined,
    openError: undefined,

    loadCatalogue: async () => {
      catalogue ??= client.catalogue()
      try {
        const entries = await catalogue
        if (!get().catalogue) {
          set({ catalogue: entries })
          void client.backends().then(
            (backends) => set({ backends }),
            () => undefined,
          )
        }
        return entries
      } catch (thrown) {
        catalogue = undefined
        throw thrown
      }
    },

    openEntry: async (entry) => {
      const key = `${entry.repo}/${entry.path}`
      if (opening?.key === key) return opening.done
      opening?.abort.abort()
      const { model, sae } = get()
      if (sae && `${sae.repo}/${sae.path}` === key && model?.repo === entry.modelRepo) return true

      const abort = new AbortController()
      const since = performance.now()
      const label = `Opening ${entry.source}`
      const work = async (): Promise<boolean> => {
        set({ opening: { label, progress: undefined, since }, openError: undefined })
        try {
          const opened = await client.open(
            { model: model?.repo === entry.modelRepo ? undefined : entry.modelRepo, sae: key },
            {
              signal: abort.signal,
              onProgress: (progress) => {
                if (opening?.abort === abort) set({ opening: { label: progress.label, progress, since } })
              },
            },
          )
          if (opening?.abort !== abort) return false
          set({ ...forget(), model: opened.model ?? get().model, sae: opened.sae, opening: undefined })
          void loadLabels()
          return true
        } catch (thrown) {
          if (opening?.abort === abort)
            set({ opening: undefined, openError: openFailure(thrown, entry.source) })
          return false
        } finally {
          if (opening?.abort === abort) opening = undefined
        }
      }
      opening = { key, abort, done: Promise.resolve(false) }
      opening.done = work()
      return opening.done
    },

    cancelOpening: () => opening?.abort.abort(),

    adopt: async (opened) => {
      set({ ...forget(), model: opened.model ?? get().model, sae: opened.sae ?? get().sae, shown: undefined })
      void loadLabels()
      const { model, sae, draft, visit } = get()
      if (model && sae) await visit(exploreRoute(model.id, sae.source, draft || undefined), 'replace')
    },

    setBackends: async (choice) => {
      set({ choice, runError: undefined })
      try {
        set({ backends: await client.setBackends(choice) })
        const { shown, run } = get()
        if (shown) await run(shown.text)
      } catch (thrown) {
        set({ runError: toUserError(thrown) })
      }
    },
  }
}

function openFailure(thrown: unknown, source: string): UserError {
  if (!isAbort(thrown)) return toUserError(thrown)
  return new UserError({
    title: `Opening ${source} was cancelled.`,
    detail: 'What was downloaded so far is not used.',
    remedy: 'Try again whenever you like, or choose another source above.',
  })
}

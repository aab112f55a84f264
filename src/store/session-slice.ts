// What is open: catalogue, model, SAE and the backends they run on.
import { toUserError } from '../lib/errors.ts'
import { DEFAULT_GPU_BUDGET } from '../lib/gpu-budget.ts'
import { exploreRoute } from '../lib/route.ts'
import { forgetBrowse } from './browse-slice.ts'
import { forgetImports } from './imports-slice.ts'
import { type AppState, inputOf, type SessionSlice, type Slice, UNKNOWN_MODEL } from './types.ts'

/** What belongs to the SAE that was open before, emptied. */
export function forgetSource(): Partial<AppState> {
  return {
    modelPlan: undefined,
    labels: new Map(),
    dashboards: new Map(),
    indexed: new Map(),
    similar: new Map(),
    promoted: new Map(),
    statistics: undefined,
    ...forgetBrowse(),
    ...forgetImports(),
  }
}

export const sessionSlice: Slice<SessionSlice> = (set, get, { client, openings }) => {
  let catalogue: ReturnType<typeof client.catalogue> | undefined
  /** The source that was last asked for. */
  let entering: string | undefined

  client.onBackends((backends) => set({ backends }))
  client.onWithdrawn(async (openError, closed) => {
    if (closed) set({ ...forgetSource(), sae: undefined, shown: undefined })
    set({ openError })
    // What was deleted is not to be taken for something that is here when the layers are asked for anew.
    await get().refreshStorage()
    set({ layers: undefined })
  })

  async function loadLabels(): Promise<void> {
    const { sae } = get()
    try {
      await get().giveOwnLabels()
      const labels = await client.labels()
      if (get().sae === sae) set({ labels })
    } catch {
      // Labels are an extra: features without them show the tokens they promote.
    }
  }

  return {
    catalogue: undefined,
    backends: undefined,
    choice: { sae: 'auto', model: 'auto', precision: 'f32', gpuBudget: DEFAULT_GPU_BUDGET, weights: 'auto' },
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
      const { model, sae } = get()
      // Models of the hub are opened when they are asked for, not along with an SAE of theirs.
      const bundled = entry.release === 'bundled'
      const modelOpen = !bundled || model?.repo === entry.modelRepo
      if (sae && `${sae.repo}/${sae.path}` === key && modelOpen) {
        openings.cancel()
        return true
      }
      entering = key
      const opened = await openings.start(key, entry.source, (call) =>
        client.open({ model: modelOpen ? undefined : entry.modelRepo, sae: key }, call),
      )
      if (!opened) return false
      if (opened.sae !== get().sae) {
        set({ ...forgetSource(), model: opened.model ?? get().model, sae: opened.sae })
        void loadLabels()
      }
      // It was open before the word came that the page has gone back: the engine has to go back, too.
      if (entering !== key) await get().followAddress()
      return true
    },

    leaveEntry: () => {
      if (entering !== undefined) openings.leave(entering)
      entering = undefined
    },

    cancelOpening: () => openings.cancel(),

    adopt: async (opened) => {
      set({
        ...forgetSource(),
        model: opened.model ?? get().model,
        sae: opened.sae ?? get().sae,
        shown: undefined,
      })
      void loadLabels()
      const { model, sae, draft, visit } = get()
      if (!sae) return
      const modelId = sae.model ?? model?.id ?? UNKNOWN_MODEL
      await visit(exploreRoute(modelId, sae.source, draft || undefined), 'replace')
    },

    setBackends: async (choice) => {
      set({ choice, runError: undefined })
      try {
        set({ backends: await client.setBackends(choice) })
        const { shown, run } = get()
        if (shown) await run(inputOf(shown))
      } catch (thrown) {
        set({ runError: toUserError(thrown) })
      }
    },
  }
}

// Models of the hub: what running one would fetch is shown first, and nothing of its weights comes before it is agreed to.
import type { ModelPlan, PrecisionPlan } from '../engine/protocol.ts'
import { toUserError } from '../lib/errors.ts'
import { parseHook } from '../lib/hook.ts'
import type { AppState, ModelSlice, Slice } from './types.ts'

/** A download of this many bytes needs no question: less than the bundled demo's. */
const SMALL = 16e6

export const modelSlice: Slice<ModelSlice> = (set, get, { client, openings }) => {
  /** Plans that were agreed to: model, precision and deepest hook. */
  const agreed = new Set<string>()
  let latest: AbortController | undefined

  const keyOf = (repo: string, { precision }: PrecisionPlan, { hooks }: ModelPlan): string =>
    `${repo} ${precision} ${hooks.join(' ')}`

  async function plan(repo: string): Promise<ModelPlan | undefined> {
    const hooks = hooksOf(get())
    latest?.abort()
    const abort = new AbortController()
    latest = abort
    set({ modelPlan: { repo, state: 'loading' } })
    try {
      const found = await client.planModel(repo, hooks, { signal: abort.signal })
      return latest === abort ? found : undefined
    } catch (thrown) {
      if (latest === abort) set({ modelPlan: { repo, state: 'failed', error: toUserError(thrown) } })
      return undefined
    }
  }

  /** Whether loading what the open SAE needs of `repo` is small or agreed to; the plan is shown where it is not. */
  async function agreedTo(repo: string): Promise<boolean> {
    const found = await plan(repo)
    if (!found) return false
    const { weights } = get().choice
    const precision = weights === 'auto' ? found.automatic : weights
    const taken = found.precisions.find((one) => one.precision === precision)
    const small = taken !== undefined && !taken.refused && taken.download <= SMALL
    const may = small || (taken !== undefined && agreed.has(keyOf(repo, taken, found)))
    set({ modelPlan: may ? undefined : { repo, state: 'ready', plan: found } })
    return may
  }

  return {
    modelPlan: undefined,

    planModel: async (repo) => {
      const found = await plan(repo)
      if (found) set({ modelPlan: { repo, state: 'ready', plan: found } })
    },

    mayLoad: () => {
      const { model, sae, catalogue } = get()
      const ofHub = model?.repo.includes('/') && !catalogue?.some(({ modelRepo }) => modelRepo === model.repo)
      return model && sae && ofHub ? agreedTo(model.repo) : true
    },

    acceptPlan: async (precision) => {
      const { modelPlan, model, choice, draft, visit, route } = get()
      if (modelPlan?.state !== 'ready') return
      const { repo, plan: accepted } = modelPlan
      const taken = accepted.precisions.find((one) => one.precision === precision)
      if (!taken || taken.refused) return
      if (choice.weights !== precision) {
        const wanted = { ...choice, weights: precision }
        set({ choice: wanted, backends: await client.setBackends(wanted) })
      }
      if (model?.repo !== repo) {
        const opened = await openings.start(`model ${repo}`, repo, (call) =>
          client.open({ model: repo }, call),
        )
        if (!opened?.model) return
        set({ model: opened.model })
      }
      agreed.add(keyOf(repo, taken, accepted))
      set({ modelPlan: undefined })
      if (route?.view === 'explore')
        await visit({ ...route, text: route.text ?? (draft || undefined) }, 'replace')
    },

    declinePlan: () => {
      latest?.abort()
      set({ modelPlan: undefined })
    },
  }
}

/** Hooks that the open SAE reads and is measured against. */
function hooksOf({ sae }: AppState): NonNullable<ReturnType<typeof parseHook>>['hook'][] {
  const known = [sae?.hookIn, sae?.hookOut].flatMap((name) => {
    const parsed = name === undefined ? undefined : parseHook(name)
    return parsed ? [parsed.hook] : []
  })
  return [...new Set(known)]
}

// Models of the hub: what running one would fetch is shown first, and nothing of its weights comes before it is agreed to.
import type { BackendChoice, ModelPlan, PrecisionPlan } from '../engine/protocol.ts'
import { isAbort, toUserError, UserError } from '../lib/errors.ts'
import { type Hook, parseHook } from '../lib/hook.ts'
import type { AppState, ModelSlice, Slice } from './types.ts'

/** A download of at most this many bytes needs no question: the bundled demo itself takes more. */
export const SMALL_DOWNLOAD = 16e6

/** Whether the open model's weights come over the network and are kept: not bundled, not files of this machine. */
export function isOfHub({ model, catalogue }: AppState): boolean {
  return Boolean(model?.repo.includes('/') && !catalogue?.some(({ modelRepo }) => modelRepo === model.repo))
}

/** What a run would take of a plan as the backends are chosen. UserError where nothing fits. */
export function takenBy({ weights }: BackendChoice, { automatic, precisions }: ModelPlan): PrecisionPlan {
  const precision = weights === 'auto' ? automatic : weights
  const taken = precisions.find((one) => one.precision === precision)
  if (taken) return taken
  const reasons = precisions.flatMap(({ refused }) => (refused ? [refused.reason] : []))
  throw new UserError(
    reasons.at(-1) ?? {
      title: 'This model does not fit.',
      detail: 'No precision does.',
      remedy: 'Choose a smaller one.',
    },
  )
}

export const modelSlice: Slice<ModelSlice> = (set, get, { client, openings }) => {
  /** Plans that were agreed to: model, precision and hooks. */
  const agreed = new Set<string>()
  let latest: AbortController | undefined

  const keyOf = (repo: string, { precision }: PrecisionPlan, { hooks }: ModelPlan): string =>
    `${repo} ${precision} ${hooks.join(' ')}`

  /** The plan for the open SAE; undefined when it failed (which is then shown) or something newer took its place. */
  async function plan(repo: string): Promise<ModelPlan | undefined> {
    latest?.abort()
    const abort = new AbortController()
    latest = abort
    set({ modelPlan: { repo, state: 'loading' } })
    try {
      const found = await client.planModel(repo, hooksOf(get()), { signal: abort.signal })
      return latest === abort ? found : undefined
    } catch (thrown) {
      if (latest === abort) {
        set({
          modelPlan: isAbort(thrown) ? undefined : { repo, state: 'failed', error: toUserError(thrown) },
        })
      }
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
    const small = taken !== undefined && !taken.refused && taken.download <= SMALL_DOWNLOAD
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
      const { model, sae } = get()
      return model && sae && isOfHub(get()) ? agreedTo(model.repo) : true
    },

    acceptPlan: async (precision) => {
      const { modelPlan, model, choice, draft, visit, route } = get()
      if (modelPlan?.state !== 'ready') return
      const { repo, plan: accepted } = modelPlan
      const taken = accepted.precisions.find((one) => one.precision === precision)
      if (!taken || taken.refused) return
      try {
        if (choice.weights !== precision) {
          const wanted = { ...choice, weights: precision }
          set({ choice: wanted, backends: await client.setBackends(wanted) })
        }
      } catch (thrown) {
        return set({ modelPlan: { repo, state: 'failed', error: toUserError(thrown) } })
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
      if (route && route.view !== 'source') {
        await visit({ ...route, text: route.text ?? (draft || undefined) }, 'replace')
      }
    },

    declinePlan: () => {
      latest?.abort()
      set({ modelPlan: undefined })
    },
  }
}

/** Hooks that the open SAE reads and is measured against. */
function hooksOf({ sae }: AppState): Hook[] {
  const known = [sae?.hookIn, sae?.hookOut].flatMap((name) => {
    const parsed = name === undefined ? undefined : parseHook(name)
    return parsed ? [parsed.hook] : []
  })
  return [...new Set(known)]
}

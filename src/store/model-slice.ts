// Models of the hub: what running one would fetch is shown first, and nothing of its weights comes before it is agreed to.
import type { BackendChoice, ModelPlan, PrecisionPlan } from '../engine/protocol.ts'
import { isAbort, toUserError, UserError } from '../lib/errors.ts'
import { type Hook, parseHook } from '../lib/hook.ts'
import type { WeightPrecision } from '../lib/weight-precision.ts'
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

  const keyOf = (repo: string, precision: WeightPrecision, hooks: readonly Hook[]): string =>
    `${repo} ${precision} ${hooks.join(' ')}`

  /** The plan for the open SAE; undefined when it failed (which is then shown) or something newer took its place. */
  async function plan(repo: string): Promise<{ plan: ModelPlan; saeBytes: number } | undefined> {
    latest?.abort()
    const abort = new AbortController()
    latest = abort
    set({ modelPlan: { repo, state: 'loading' } })
    try {
      const found = await client.planModel(repo, hooksOf(get()), { signal: abort.signal })
      const saeBytes = await missingOfSae()
      return latest === abort ? { plan: found, saeBytes } : undefined
    } catch (thrown) {
      if (latest === abort) {
        set({
          modelPlan: isAbort(thrown) ? undefined : { repo, state: 'failed', error: toUserError(thrown) },
        })
      }
      return undefined
    }
  }

  /** Bytes of the open SAE that are not stored yet: of one that is read in part as it is used. */
  async function missingOfSae(): Promise<number> {
    const { sae } = get()
    const { files } = await client.storage()
    const stored = files.find(({ name }) => name === `${sae?.repo}/${sae?.path}`)
    return stored ? stored.size - stored.present : 0
  }

  /** Whether loading what the open SAE needs of `repo` is small or agreed to; the plan is shown where it is not. */
  async function agreedTo(repo: string): Promise<boolean> {
    const { weights } = get().choice
    // What was agreed to needs no plan again: it would look at every layer and at the storage anew.
    if (weights !== 'auto' && agreed.has(keyOf(repo, weights, hooksOf(get())))) return true
    const found = await plan(repo)
    if (!found) return false
    const { automatic, precisions } = found.plan
    const precision = weights === 'auto' ? automatic : weights
    const taken = precisions.find((one) => one.precision === precision)
    const may = taken !== undefined && !taken.refused && taken.download <= SMALL_DOWNLOAD
    set({ modelPlan: may ? undefined : { repo, state: 'ready', ...found } })
    return may
  }

  return {
    modelPlan: undefined,

    planModel: async (repo) => {
      const found = await plan(repo)
      if (found) set({ modelPlan: { repo, state: 'ready', ...found } })
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
      agreed.add(keyOf(repo, precision, accepted.hooks))
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

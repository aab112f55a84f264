// What is known of single features of the open source, asked for once and kept until another source opens.
import type { TokenLogit } from '../engine/protocol.ts'
import { isAbort, toUserError } from '../lib/errors.ts'
import type { DashboardState, FeatureSlice, Slice } from './types.ts'

/** Tokens shown where a feature has no label. */
const PROMOTED = 3

export const featureSlice: Slice<FeatureSlice> = (set, get, { client }) => {
  const asked = new WeakMap<object, Set<number>>()
  let current: AbortController | undefined

  return {
    dashboards: new Map(),
    promoted: new Map(),

    loadDashboard: async (index) => {
      const { sae, dashboards } = get()
      const known = dashboards.get(index)
      if (!sae || (known && (known === 'loading' || 'dashboard' in known))) return
      const put = (state: DashboardState): void => {
        if (get().sae === sae) set(({ dashboards: all }) => ({ dashboards: new Map(all).set(index, state) }))
      }
      // Only the feature shown last is worth the engine's time: j, j, j asks for one, not three.
      current?.abort()
      const abort = new AbortController()
      current = abort
      put('loading')
      try {
        put({ dashboard: await client.feature(index, { signal: abort.signal }) })
      } catch (thrown) {
        if (!isAbort(thrown)) put({ error: toUserError(thrown) })
        else if (get().sae === sae) set(({ dashboards: all }) => ({ dashboards: without(all, index) }))
      }
    },

    stepFeature: (step) => {
      const { route, sae, visit } = get()
      if (route?.view !== 'feature' || !sae) return
      const index = route.index + step
      if (index >= 0 && index < sae.dSae) void visit({ ...route, index }, 'replace')
    },

    randomFeature: () => {
      const { route, sae, shown, visit } = get()
      if (!route || !sae) return
      const index = Math.floor(Math.random() * sae.dSae)
      const { model, source } = route
      void visit({ view: 'feature', model, source, index, text: route.text ?? shown?.text })
    },

    loadPromoted: async (indices) => {
      const { sae } = get()
      if (!sae) return
      const already = asked.get(sae) ?? new Set<number>()
      asked.set(sae, already)
      const missing = indices.filter((index) => !already.has(index))
      if (missing.length === 0) return
      for (const index of missing) already.add(index)
      let lists: TokenLogit[][]
      try {
        lists = await client.promoted(missing, PROMOTED)
      } catch {
        // Rows without them stay readable by index and strip; the next list asks again.
        for (const index of missing) already.delete(index)
        return
      }
      if (get().sae !== sae) return
      const promoted = new Map(get().promoted)
      missing.forEach((index, at) => {
        promoted.set(index, lists[at] ?? [])
      })
      set({ promoted })
    },

    renewLogits: async () => {
      const { sae, promoted, dashboards, loadPromoted } = get()
      if (!sae) return
      const bare = [...promoted].filter(([, tokens]) => tokens.length === 0).map(([index]) => index)
      for (const index of bare) asked.get(sae)?.delete(index)
      const complete = [...dashboards].filter(
        ([, state]) => state === 'loading' || ('dashboard' in state && state.dashboard.logits),
      )
      set({ dashboards: new Map(complete) })
      await loadPromoted(bare)
    },
  }
}

function without<V>(map: ReadonlyMap<number, V>, key: number): Map<number, V> {
  const rest = new Map(map)
  rest.delete(key)
  return rest
}

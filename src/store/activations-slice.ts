// Activations of the user's in place of a text: opened, stepped through, closed. While they are open, another
// source encodes the same sequence, and no text is run.
import { toUserError } from '../lib/errors.ts'
import { exploreRoute, formatRoute, type PlaceRoute } from '../lib/route.ts'
import { type ActivationsSlice, inputOf, type Slice } from './types.ts'

export const activationsSlice: Slice<ActivationsSlice> = (set, get, { client, address, openings }) => {
  /** Where the page is, with this text or none; a source's own page has no room for a run. */
  function place(text: string | undefined): PlaceRoute | undefined {
    const { route } = get()
    if (!route) return undefined
    return route.view === 'feature' ? { ...route, text } : exploreRoute(route.model, route.source, text)
  }

  return {
    activations: undefined,

    openActivations: async (asked) => {
      const name = typeof asked === 'string' ? asked : asked.map((file) => file.name).join(', ')
      const info = await openings.start(`activations ${performance.now()}`, name, (call) =>
        client.openActivations(asked, call),
      )
      if (info) await get().adoptActivations(info)
    },

    adoptActivations: async (info) => {
      set({ activations: { info, sequence: 0 }, shown: undefined, runError: undefined })
      const here = place(undefined)
      if (here) await get().visit(here)
      else await get().showSequence(0)
    },

    showSequence: async (sequence) => {
      const { activations, route, run } = get()
      if (!activations) return
      set({ activations: { ...activations, sequence } })
      // Positions locked in another sequence are other tokens.
      if (sequence !== activations.sequence) set({ lockedTokens: [] })
      if (route) {
        // A link must not promise a text that the page does not show.
        const silent: PlaceRoute = { ...route, text: undefined }
        if (silent.view === 'explore') silent.tokens = [...get().lockedTokens]
        set({ route: silent })
        address.write(formatRoute(silent), 'replace')
      }
      await run({ sequence })
      // Features of another sequence under this one's number would mislead.
      if (get().runError) set({ shown: undefined })
    },

    closeActivations: async () => {
      get().cancel()
      set({ activations: undefined, shown: undefined, runError: undefined, lockedTokens: [] })
      try {
        await client.closeActivations()
        const here = place(get().draft || undefined)
        if (here) await get().visit(here)
      } catch (thrown) {
        set({ runError: toUserError(thrown) })
      }
    },

    exportDense: async (signal) => {
      const { shown } = get()
      return shown && client.exportDense(inputOf(shown), { signal })
    },
  }
}

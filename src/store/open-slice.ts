// Opening what is not beside the page: a reference, an address, local files; and asking before a large download.
import { namedByPath } from '../lib/dropped-files.ts'
import { exploreRoute, type PlaceRoute } from '../lib/route.ts'
import type { OpenSlice, Slice } from './types.ts'

export const openSlice: Slice<OpenSlice> = (set, get, { client, openings }) => {
  async function openAny(key: string, name: string, asked: string | File[]): Promise<boolean> {
    const found = await openings.start(key, name, (call) => client.openAny(asked, call))
    if (!found) return false
    set({ offer: undefined })
    if (found.kind === 'activations') await get().adoptActivations(found.activations)
    else if (found.kind === 'imported') await get().adoptImport(found.report)
    else await get().adopt(found.opened)
    return true
  }

  return {
    offer: undefined,

    openReference: async (text) => {
      const reference = text.trim()
      if (reference !== '') await openAny(reference, reference, reference)
    },

    openFiles: async (files) => {
      if (files.length === 0) return
      const name = files.length === 1 ? files[0].name : `${files.length} files`
      // Files of the same names may be other files: each choice is its own.
      await openAny(`files ${performance.now()}`, name, files.map(namedByPath))
    },

    acceptOffer: async () => {
      const { offer, openEntry, visit } = get()
      if (!offer) return
      const { route, entry } = offer
      if (!entry) {
        if (await openAny(route.source, route.source, route.source)) await visit(opened(route), 'replace')
        return
      }
      if (!(await openEntry(entry))) return
      set({ offer: undefined })
      await visit(route, 'replace')
    },

    declineOffer: () => {
      set({ offer: undefined })
      const { model, sae, draft, visit } = get()
      if (!sae) return visit({ view: 'sources' })
      const place = exploreRoute(sae.model ?? model?.id ?? '', sae.source, draft || undefined)
      return visit(place, 'replace')
    },
  }

  /** The same page of what was opened, whose model may have turned out to have another name. */
  function opened(route: PlaceRoute): PlaceRoute {
    const { sae, model } = get()
    return { ...route, model: sae?.model ?? model?.id ?? route.model, source: sae?.source ?? route.source }
  }
}

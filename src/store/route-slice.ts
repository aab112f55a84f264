// From an address to what the page shows: finds the source, opens it, runs the text. The latest visit wins.
import type { CatalogueEntry } from '../engine/protocol.ts'
import { toUserError, UserError } from '../lib/errors.ts'
import { EXAMPLES } from '../lib/examples.ts'
import { formatNumber } from '../lib/format.ts'
import { modelFits } from '../lib/model-fits.ts'
import {
  browseRoute,
  type ExploreRoute,
  exploreRoute,
  formatRoute,
  type PlaceRoute,
  parseRoute,
  type Route,
} from '../lib/route.ts'
import { Lost } from './lost.ts'
import { type AppState, type Offer, type RouteSlice, type Slice, UNKNOWN_MODEL } from './types.ts'

export const routeSlice: Slice<RouteSlice> = (set, get, { client, address }) => {
  let visits = 0

  async function show(read: () => Route): Promise<void> {
    visits += 1
    const visit = visits
    const latest = (): boolean => visit === visits
    try {
      // Even where the address cannot be read, the pickers need the catalogue to lead back.
      const loading = get().loadCatalogue()
      loading.catch(() => undefined)
      let route = read()
      if (route.view === 'verify') get().askForCheck(route)
      if (route.view === 'sources' || route.view === 'storage' || route.view === 'verify') {
        // What could not be opened from one of these pages is told there, not on the next one.
        if (get().page && get().page !== route.view) set({ openError: undefined })
        set({ page: route.view, routeError: undefined, offer: undefined })
        await loading
        return
      }
      const before = get().route
      if (route.view !== 'home') prepare(route)
      const catalogue = await loading
      if (!latest()) return
      if (route.view === 'home') {
        route = defaultRoute(catalogue)
        prepare(route)
        address.write(formatRoute(route), 'replace')
      }
      const isOpen = matchesOpen(route, get())
      const entry = isOpen ? undefined : await findEntry(route, catalogue)
      if (!latest()) return
      const width = isOpen ? get().sae?.dSae : entry?.width
      if (width !== undefined) checkIndex(route, width)
      if (isOpen) {
        get().leaveEntry()
        // What could not be opened at another address is told there.
        if (before?.source !== route.source) set({ openError: undefined })
      } else {
        const offer = await offerOf(route, entry)
        if (!latest()) return
        if (offer) return set({ offer })
        if (!entry || !(await get().openEntry(entry))) return
        if (!latest()) return
      }
      await runUnlessShown(route)
    } catch (thrown) {
      if (latest()) set({ routeError: toUserError(thrown) })
    }
  }

  /** Shows at once what needs no engine. */
  function prepare(route: PlaceRoute): void {
    const draft = route.text ?? get().draft
    set({ route, page: undefined, offer: undefined, draft })
    set({ routeError: undefined, hoveredToken: undefined, hoveredFeature: undefined })
    if (route.view === 'explore') {
      const { tokens, features, ranking, dense, k, show, bos } = route
      set({ lockedTokens: tokens, lockedFeatures: features, listing: { ranking, dense, k, show } })
      if (bos !== get().bos) get().setBos(bos)
    } else if ((route.view === 'layers' || route.view === 'compare') && route.text !== get().shown?.text) {
      // Positions locked in another text are other tokens.
      set({ lockedTokens: [] })
    }
  }

  /** The row of the bundled or the public catalogue; undefined for an address that says itself where its SAE is. */
  async function findEntry(
    route: PlaceRoute,
    bundled: readonly CatalogueEntry[],
  ): Promise<CatalogueEntry | undefined> {
    const isRow = ({ model, source }: CatalogueEntry): boolean =>
      model === route.model && source === route.source
    const own = bundled.find(isRow)
    if (own || /^(hf:|https?:)/.test(route.source)) return own
    const everything = [...bundled, ...(await client.publicCatalogue())]
    return everything.find(isRow) ?? unknownPlace(route, everything)
  }

  /** What has to be asked before it is downloaded; undefined for what is beside the page or stored whole. */
  async function offerOf(route: PlaceRoute, entry: CatalogueEntry | undefined): Promise<Offer | undefined> {
    if (entry?.release === 'bundled') return undefined
    const { files } = await client.storage()
    const name = entry && `${entry.repo}/${entry.path}`
    const stored = files.find((file) => file.name === name)
    if (entry && stored && stored.present === stored.size) return undefined
    return { route, entry, present: stored?.present ?? 0 }
  }

  async function runUnlessShown(route: PlaceRoute): Promise<void> {
    // Lists and the map are of features, whatever the text.
    if (route.view === 'browse' || route.view === 'map' || route.view === 'list') return
    const { shown, run, model, sae, activations, showSequence } = get()
    const here = shown?.model === route.model && shown.source === route.source
    if (activations) {
      if (here && shown.origin !== 'text') return
      set({ shown: undefined })
      return showSequence(activations.sequence)
    }
    if (sae && !modelFits(model, sae)) return set({ shown: undefined })
    const text = route.text ?? (route.view === 'explore' ? undefined : shown?.text)
    if (text === undefined) {
      if (!here) set({ shown: undefined })
    } else if (!(here && shown.text === text)) await run(text)
  }

  return {
    route: undefined,
    page: undefined,
    routeError: undefined,
    followAddress: () => show(() => parseRoute(address.read())),
    visit: (route, how = 'push') => {
      address.write(formatRoute(route), how)
      return show(() => route)
    },
    retry: () => show(() => parseRoute(address.read())),
  }
}

function defaultRoute(catalogue: readonly CatalogueEntry[]): ExploreRoute {
  const entry = catalogue.find((candidate) => candidate.default) ?? catalogue[0]
  if (entry) return exploreRoute(entry.model, entry.source, EXAMPLES[0].text)
  throw new UserError({
    title: 'This copy of the page has no SAEs.',
    detail: 'Its catalogue is empty.',
    remedy: 'Open one through window.featurescope.open, or use a complete copy of the page.',
  })
}

function matchesOpen(route: PlaceRoute, { model, sae }: AppState): boolean {
  return sae?.source === route.source && (sae.model ?? model?.id ?? UNKNOWN_MODEL) === route.model
}

const ALL_SOURCES = { name: 'All sources', route: { view: 'sources' } } as const

/** Throws the UserError that says which part of the address nothing is known of. */
function unknownPlace(route: PlaceRoute, catalogue: readonly CatalogueEntry[]): never {
  if (/\.(npz|safetensors)$/i.test(route.source)) {
    throw new Lost(
      {
        title: `“${route.source}” was opened from a file on somebody’s machine.`,
        detail: 'A link cannot carry the file itself.',
        remedy: 'Drop the file here again, or choose a source above.',
      },
      ALL_SOURCES,
    )
  }
  const models = [...new Set(catalogue.map(({ model }) => model))]
  if (!models.includes(route.model)) {
    throw new Lost(
      {
        title: `There is no model “${route.model}” here.`,
        detail: `This page knows sources of ${models.join(', ')}.`,
        remedy: 'Choose a model and a source above, or look through all of them on the Sources page.',
      },
      ALL_SOURCES,
    )
  }
  const sources = catalogue.filter(({ model }) => model === route.model).map(({ source }) => source)
  throw new Lost(
    {
      title: `There is no source “${route.source}” for ${route.model}.`,
      detail: `This page knows ${sources.slice(0, 12).join(', ')}${sources.length > 12 ? ` and ${formatNumber(sources.length - 12)} more` : ''}.`,
      remedy: 'Choose a source above, or look through all of them on the Sources page.',
    },
    ALL_SOURCES,
  )
}

function checkIndex(route: PlaceRoute, width: number): void {
  const several = route.view === 'explore' || route.view === 'list' ? route.features : []
  const asked = route.view === 'feature' ? [route.index] : several
  const outside = asked.find((index) => index >= width)
  if (outside === undefined) return
  throw new Lost(
    {
      title: `There is no feature ${outside} in ${route.source}.`,
      detail: `Its features are numbered from 0 to ${width - 1}.`,
      remedy: 'Check the number, or look through all its features.',
    },
    { name: 'All features of this source', route: browseRoute(route.model, route.source, route.text) },
  )
}

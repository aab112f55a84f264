// From an address to what the page shows: finds the source, opens it, runs the text. The latest visit wins.
import type { CatalogueEntry } from '../engine/protocol.ts'
import { toUserError, UserError } from '../lib/errors.ts'
import { EXAMPLES } from '../lib/examples.ts'
import { formatNumber } from '../lib/format.ts'
import {
  type ExploreRoute,
  exploreRoute,
  type FeatureRoute,
  formatRoute,
  parseRoute,
  type Route,
} from '../lib/route.ts'
import type { AppState, RouteSlice, Slice } from './types.ts'

export const routeSlice: Slice<RouteSlice> = (set, get, { address }) => {
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
      if (route.view !== 'home') prepare(route)
      const catalogue = await loading
      if (!latest()) return
      if (route.view === 'home') {
        route = defaultRoute(catalogue)
        prepare(route)
        address.write(formatRoute(route), 'replace')
      }
      const isOpen = matchesOpen(route, get())
      const entry = isOpen ? undefined : findEntry(route, catalogue)
      checkIndex(route, entry?.width ?? get().sae?.dSae ?? 0)
      if (entry && !(await get().openEntry(entry))) return
      if (!latest()) return
      await runUnlessShown(route)
    } catch (thrown) {
      if (latest()) set({ routeError: toUserError(thrown) })
    }
  }

  /** Shows at once what needs no engine. */
  function prepare(route: ExploreRoute | FeatureRoute): void {
    const draft = route.text ?? get().draft
    set({ route, draft, routeError: undefined, hoveredToken: undefined, hoveredFeature: undefined })
    if (route.view === 'explore') {
      const { tokens, features, ranking, bos } = route
      set({ lockedTokens: tokens, lockedFeatures: features, ranking })
      if (bos !== get().bos) get().setBos(bos)
    }
  }

  async function runUnlessShown(route: ExploreRoute | FeatureRoute): Promise<void> {
    const { shown, run } = get()
    const here = shown?.model === route.model && shown.source === route.source
    const text = route.text ?? (route.view === 'feature' ? shown?.text : undefined)
    if (text === undefined) {
      if (!here) set({ shown: undefined })
    } else if (!(here && shown.text === text)) await run(text)
  }

  return {
    route: undefined,
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

function matchesOpen(route: ExploreRoute | FeatureRoute, { model, sae }: AppState): boolean {
  return sae?.source === route.source && (model?.id ?? sae.model) === route.model
}

function findEntry(route: ExploreRoute | FeatureRoute, catalogue: readonly CatalogueEntry[]): CatalogueEntry {
  const entry = catalogue.find(({ model, source }) => model === route.model && source === route.source)
  if (entry) return entry
  const models = [...new Set(catalogue.map(({ model }) => model))]
  if (!models.includes(route.model)) {
    throw new UserError({
      title: `There is no model “${route.model}” here.`,
      detail: `This page has ${models.join(', ')}.`,
      remedy: 'Choose a model and a source above, or start from the front page.',
    })
  }
  const sources = catalogue.filter(({ model }) => model === route.model).map(({ source }) => source)
  throw new UserError({
    title: `There is no source “${route.source}” for ${route.model}.`,
    detail: `This page has ${sources.slice(0, 12).join(', ')}${sources.length > 12 ? ' …' : ''}.`,
    remedy: 'Choose a source above, or start from the front page.',
  })
}

function checkIndex(route: ExploreRoute | FeatureRoute, width: number): void {
  const asked = route.view === 'feature' ? [route.index] : route.features
  const outside = asked.find((index) => index >= width)
  if (outside === undefined) return
  throw new UserError({
    title: `There is no feature ${formatNumber(outside)} in ${route.source}.`,
    detail: `Its features are numbered from 0 to ${formatNumber(width - 1)}.`,
    remedy: 'Check the number, or look at the features of a text.',
  })
}

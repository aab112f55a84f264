// Which sources a text can be seen through at once: those of the open model that need no download of theirs.
import type { CatalogueEntry, LayersResult } from '../engine/protocol.ts'
import { SITE_NAMES } from './site-names.ts'
import type { AppState } from './types.ts'

const SITES = Object.keys(SITE_NAMES)

/** Bundled sources of the open model and those stored whole, by layer and site; none while the lists are not known. */
export function sourcesHere({
  library = [],
  storage,
  model,
  sae,
}: Pick<AppState, 'library' | 'storage' | 'model' | 'sae'>): CatalogueEntry[] {
  const whole = new Set(
    storage?.files.filter(({ present, size }) => present === size).map(({ name }) => name),
  )
  const isHere = (entry: CatalogueEntry): boolean =>
    entry.release === 'bundled'
      ? entry.modelRepo === model?.repo
      : entry.model === (sae?.model ?? model?.id) && whole.has(`${entry.repo}/${entry.path}`)
  const place = ({ layer = -1, site, width }: CatalogueEntry): number[] => [layer, SITES.indexOf(site), width]
  return library.filter(isHere).sort((a, b) => {
    const [other, own] = [place(b), place(a)]
    const at = own.findIndex((value, i) => value !== other[i])
    return at < 0 ? a.source.localeCompare(b.source) : own[at] - other[at]
  })
}

/** Those of `here` that an address names; all where it names none. */
export function chosenSources(
  here: readonly CatalogueEntry[],
  names: readonly string[] | undefined,
): CatalogueEntry[] {
  return here.filter(({ source }) => !names || names.includes(source))
}

/** What was asked across layers, where it is of the text that is shown and of how it is computed now. */
export function layersOf({
  layers,
  shown,
  choice,
}: Pick<AppState, 'layers' | 'shown' | 'choice'>): AppState['layers'] {
  const isSame =
    layers?.of.text === shown?.text && layers?.of.model === shown?.model && layers?.choice === choice
  return isSame ? layers : undefined
}

/** The sources of `before` that did not fail, with those of `after` in the place of their own. */
export function together(before: LayersResult | undefined, after: LayersResult): LayersResult {
  const names = new Set(after.layers.map(({ source }) => source))
  const kept = before?.layers.filter((one) => !('error' in one) && !names.has(one.source)) ?? []
  return { ...after, layers: [...kept, ...after.layers] }
}

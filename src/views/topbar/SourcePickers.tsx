// Model › source: the pickers are the address. They offer what is bundled or open, and lead to all the others.
import type { CatalogueEntry } from '../../engine/protocol.ts'
import { formatBytes, formatWidth } from '../../lib/format.ts'
import { exploreRoute } from '../../lib/route.ts'
import { useActions, useApp } from '../../store/hooks.ts'
import { SITE_NAMES } from '../../store/site-names.ts'
import { Picker, type PickerChoice } from '../../ui/Picker.tsx'
import css from './SourcePickers.module.css'

/** Stands for the way to the page of all sources, among the choices. */
const ALL = 'all'

export function SourcePickers() {
  const catalogue = useApp((state) => state.catalogue)
  const library = useApp((state) => state.library)
  const route = useApp((state) => state.route)
  const draft = useApp((state) => state.draft)
  const { visit } = useActions()
  if (!catalogue) return <div className={css.pickers} />

  const go = (model: string, source: string): void => {
    const to = exploreRoute(model, source, draft || undefined)
    // The layer view is of a model: another source of it is another way back.
    const stays = route?.view === 'layers' && route.model === model
    void visit(stays ? { ...route, source, text: to.text } : to)
  }
  const toAll = (): void => void visit({ view: 'sources' })
  const pickModel = (model: string): void => {
    const own = catalogue.filter((entry) => entry.model === model)
    const entry = own.find((candidate) => candidate.default) ?? own[0]
    if (entry) go(model, entry.source)
  }
  const home = catalogue.find((entry) => entry.default) ?? catalogue[0]
  // An address that cannot be read names nothing: the pickers then lead back.
  const model = route?.model ?? home?.model ?? ''
  const source = route?.source ?? ''
  const models = unique([...catalogue.map((entry) => entry.model), model])
  return (
    <nav className={css.pickers} aria-label="Model and source">
      <Picker
        label="Model"
        value={model}
        groups={[
          { choices: models.map((value) => ({ value, text: value })) },
          { name: 'Gemma 2 and 3', choices: [{ value: ALL, text: 'All models…' }] },
        ]}
        onChange={(next) => (next === ALL ? toAll() : pickModel(next))}
      />
      <span className={css.arrow} aria-hidden="true">
        ›
      </span>
      <Picker
        label="Source"
        value={source}
        groups={[
          ...sourceGroups(library ?? catalogue, catalogue, model, source),
          { name: 'Gemma Scope', choices: [{ value: ALL, text: 'All sources…' }] },
        ]}
        onChange={(next) => (next === ALL ? toAll() : go(model, next))}
      />
    </nav>
  )
}

/** Bundled sources of a model by site; one that is open without being bundled stands alone. */
function sourceGroups(
  library: readonly CatalogueEntry[],
  bundled: readonly CatalogueEntry[],
  model: string,
  current: string,
) {
  const own = bundled.filter((entry) => entry.model === model)
  const groups: { name: string; choices: PickerChoice[] }[] = unique(own.map(({ site }) => site)).map(
    (site) => ({
      name: SITE_NAMES[site].long,
      choices: own
        .filter((entry) => entry.site === site)
        .sort((a, b) => (a.layer ?? -1) - (b.layer ?? -1) || a.width - b.width)
        .map(choiceOf),
    }),
  )
  if (current && !own.some(({ source }) => source === current)) {
    const entry = library.find((candidate) => candidate.model === model && candidate.source === current)
    groups.push({ name: 'Open', choices: [entry ? choiceOf(entry) : { value: current, text: current }] })
  }
  return groups
}

function choiceOf({ source, layer, site, width, l0, bytes }: CatalogueEntry): PickerChoice {
  const place = [layer, SITE_NAMES[site].short, formatWidth(width)].filter((part) => part !== undefined)
  return {
    value: source,
    text: place.join(' · '),
    detail: `L0 ${Math.round(l0)} · ${formatBytes(bytes)}`,
  }
}

function unique<T>(list: readonly T[]): T[] {
  return [...new Set(list)]
}

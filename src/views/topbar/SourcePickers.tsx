// Model › source: the pickers are the address.
import type { CatalogueEntry, Site } from '../../engine/protocol.ts'
import { formatBytes, formatWidth } from '../../lib/format.ts'
import { exploreRoute } from '../../lib/route.ts'
import { useActions, useApp } from '../../store/hooks.ts'
import { Picker, type PickerChoice } from '../../ui/Picker.tsx'
import css from './SourcePickers.module.css'

const SITES: Record<Site, { short: string; long: string }> = {
  res: { short: 'residual', long: 'Residual stream' },
  att: { short: 'attention', long: 'Attention output' },
  mlp: { short: 'MLP', long: 'MLP output' },
  transcoder: { short: 'transcoder', long: 'MLP transcoder' },
}

export function SourcePickers() {
  const catalogue = useApp((state) => state.catalogue)
  const route = useApp((state) => state.route)
  const draft = useApp((state) => state.draft)
  const { visit } = useActions()
  if (!catalogue) return <div className={css.pickers} />

  const go = (model: string, source: string): void => {
    void visit(exploreRoute(model, source, draft || undefined))
  }
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
        groups={[{ choices: models.map((value) => ({ value, text: value })) }]}
        onChange={pickModel}
      />
      <span className={css.arrow} aria-hidden="true">
        ›
      </span>
      <Picker
        label="Source"
        value={source}
        groups={sourceGroups(catalogue, model, source)}
        onChange={(next) => go(model, next)}
      />
    </nav>
  )
}

/** Sources of a model by site; one that is open without being in the catalogue stands alone. */
function sourceGroups(catalogue: readonly CatalogueEntry[], model: string, current: string) {
  const own = catalogue.filter((entry) => entry.model === model)
  const groups: { name?: string; choices: PickerChoice[] }[] = unique(own.map(({ site }) => site)).map(
    (site) => ({
      name: SITES[site].long,
      choices: own
        .filter((entry) => entry.site === site)
        .sort((a, b) => a.layer - b.layer || a.width - b.width)
        .map((entry) => ({
          value: entry.source,
          text: `${entry.layer} · ${SITES[site].short} · ${formatWidth(entry.width)}`,
          detail: `L0 ${Math.round(entry.l0)} · ${formatBytes(entry.bytes)}`,
        })),
    }),
  )
  if (current && !own.some(({ source }) => source === current))
    groups.push({ choices: [{ value: current, text: current }] })
  return groups
}

function unique<T>(list: readonly T[]): T[] {
  return [...new Set(list)]
}

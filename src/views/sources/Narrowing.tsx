// model › site › layer › width › L0: each choice leaves fewer; and the marks a source can be asked to have.
import { formatNumber, formatWidth } from '../../lib/format.ts'
import { useActions, useApp } from '../../store/hooks.ts'
import { SITE_NAMES } from '../../store/site-names.ts'
import {
  BANDS,
  DIMENSIONS,
  type Dimension,
  type Narrowed,
  NO_FILTER,
  type SourceFilter,
} from '../../store/source-filter.ts'
import { Button } from '../../ui/Button.tsx'
import { Picker, type PickerChoice } from '../../ui/Picker.tsx'
import css from './Narrowing.module.css'

const MARKS = [
  { key: 'canonical', text: 'Canonical' },
  { key: 'neuronpedia', text: 'On Neuronpedia' },
  { key: 'here', text: 'On this machine' },
] as const

export function Narrowing({ facets }: { facets: Narrowed['facets'] }) {
  const filter = useApp((state) => state.sourceFilter)
  const { setSourceFilter } = useActions()
  return (
    <div className={css.narrowing}>
      <div className={css.path}>
        {DIMENSIONS.map((dimension, at) => (
          <div
            key={dimension}
            className={css.step}
            data-chosen={filter[dimension] !== undefined || undefined}
          >
            {at > 0 && (
              <span className={css.arrow} aria-hidden="true">
                ›
              </span>
            )}
            <Picker
              label={`Narrow by ${dimension === 'l0' ? 'L0' : dimension}`}
              value={filter[dimension] ?? ''}
              groups={[{ choices: choices(dimension, facets[dimension], filter) }]}
              onChange={(value) => setSourceFilter(chosen(dimension, value))}
            />
          </div>
        ))}
      </div>
      <div className={css.marks}>
        {MARKS.map(({ key, text }) => (
          <Button
            key={key}
            look="pill"
            className={css.mark}
            aria-pressed={filter[key]}
            onClick={() => setSourceFilter({ [key]: !filter[key] })}
          >
            {text}
          </Button>
        ))}
      </div>
    </div>
  )
}

function choices(
  dimension: Dimension,
  counts: ReadonlyMap<string, number>,
  filter: SourceFilter,
): PickerChoice[] {
  const current = filter[dimension]
  // A choice that leaves nothing still has to be seen to be taken back.
  const values =
    current === undefined || counts.has(current) ? [...counts.keys()] : [...counts.keys(), current]
  const sorted =
    dimension === 'model' ? values : values.sort((a, b) => rank(dimension, a) - rank(dimension, b))
  return [
    { value: '', text: `Any ${dimension === 'l0' ? 'L0' : dimension}` },
    ...sorted.map((value) => ({
      value,
      text: textOf(dimension, value),
      detail: formatNumber(counts.get(value) ?? 0),
    })),
  ]
}

function rank(dimension: Dimension, value: string): number {
  if (dimension === 'site') return Object.keys(SITE_NAMES).indexOf(value)
  if (dimension === 'l0') return BANDS.findIndex(({ name }) => name === value)
  return value === 'none' ? -1 : Number(value)
}

function textOf(dimension: Dimension, value: string): string {
  if (dimension === 'site')
    return Object.entries(SITE_NAMES).find(([site]) => site === value)?.[1].long ?? value
  if (dimension === 'layer') return value === 'none' ? 'No layer' : `Layer ${value}`
  if (dimension === 'width') return `${formatWidth(Number(value))} features`
  return dimension === 'l0' ? `L0 ${value}` : value
}

/** The filter with a dimension chosen, or with "" taken back. */
function chosen(dimension: Dimension, value: string): Partial<SourceFilter> {
  if (dimension !== 'site') return { [dimension]: value || undefined }
  const sites: readonly SourceFilter['site'][] = ['res', 'mlp', 'att', 'transcoder', 'embedding']
  return { site: sites.find((site) => site === value) ?? NO_FILTER.site }
}

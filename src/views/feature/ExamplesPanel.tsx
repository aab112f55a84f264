// Where the feature fires in the corpus: the strongest firings, some of every interval, and some drawn evenly.
import { useMemo, useState } from 'react'
import { type ExampleGroup, exampleGroups } from '../../dashboard/examples.ts'
import type { ExampleDocument, IndexedFeature, IndexInfo } from '../../engine/protocol.ts'
import { decimalsFor, formatNumber, formatShare, plural } from '../../lib/format.ts'
import { Button } from '../../ui/Button.tsx'
import { Panel } from '../../ui/Panel.tsx'
import { Segmented } from '../../ui/Segmented.tsx'
import { ExampleRow } from './ExampleRow.tsx'
import css from './ExamplesPanel.module.css'

/** Pieces shown on either side. */
type Width = '5' | '16' | 'all'

const WIDTHS: readonly { value: Width; text: string }[] = [
  { value: '5', text: '±5' },
  { value: '16', text: '±16' },
  { value: 'all', text: 'All' },
]
/** Rows of a group shown before the rest is asked for. */
const FIRST = 10

/** How examples are shown: chosen once, and kept from feature to feature. */
export interface ExampleLook {
  width: Width
  /** Lines break where the text does. */
  breaks: boolean
}

export const FIRST_LOOK: ExampleLook = { width: '16', breaks: false }

interface ExamplesPanelProps {
  info: IndexInfo
  feature: IndexedFeature
  look: ExampleLook
  onLook(look: ExampleLook): void
  /** Puts a text into the text box and runs it; undefined where none can be run. */
  onTry: ((text: string) => void) | undefined
}

export function ExamplesPanel({ info, feature, look, onLook, onTry }: ExamplesPanelProps) {
  const { width, breaks } = look
  const groups = useMemo(() => exampleGroups(feature), [feature])
  const { feature: index, max } = feature.statistics
  const decimals = decimalsFor(max)
  const shown = { around: width === 'all' ? undefined : Number(width), breaks, max, decimals, onTry }
  const actions = (
    <div className={css.actions}>
      <Button
        look="pill"
        aria-pressed={breaks}
        title="Break lines where the text does"
        onClick={() => onLook({ ...look, breaks: !breaks })}
      >
        ↵<span className="visually-hidden"> Line breaks</span>
      </Button>
      <Segmented<Width>
        label="Context"
        value={width}
        choices={WIDTHS}
        onChange={(chosen) => onLook({ ...look, width: chosen })}
      />
    </div>
  )
  return (
    <Panel title="Examples" actions={actions}>
      <Cap info={info} feature={feature} />
      {groups.map((group) => (
        <Group
          key={`${index} ${group.kind === 'interval' ? group.from : group.kind}`}
          group={group}
          {...shown}
        />
      ))}
    </Panel>
  )
}

interface GroupProps {
  group: ExampleGroup<ExampleDocument>
  around: number | undefined
  breaks: boolean
  max: number
  decimals: number
  onTry: ((text: string) => void) | undefined
}

function Group({ group, ...row }: GroupProps) {
  const [all, setAll] = useState(false)
  const { examples } = group
  const rows = all || examples.length <= FIRST + 2 ? examples : examples.slice(0, FIRST)
  return (
    <section>
      <h3 className={css.group}>{headingOf(group, row.decimals)}</h3>
      {examples.length === 0 ? (
        <p className={css.none}>None of these firings is among those that are stored.</p>
      ) : (
        <ol>
          {rows.map((example) => (
            <ExampleRow key={example.document.document} example={example} {...row} />
          ))}
        </ol>
      )}
      {rows.length < examples.length && (
        <p className={css.more}>
          <Button look="pill" onClick={() => setAll(true)}>
            {examples.length - rows.length} more
          </Button>
        </p>
      )}
    </section>
  )
}

function headingOf(group: ExampleGroup, decimals: number): string {
  if (group.kind === 'top') return 'Top activations'
  if (group.kind === 'random') return 'Any firings, drawn evenly'
  const { from, to, share, count } = group
  const range = `${formatNumber(from, decimals)} – ${formatNumber(to, decimals)}`
  return `Interval ${range} · contains ${formatShare(share)} of tokens (${formatNumber(count)})`
}

/** Where only a part of the firings is stored, which. */
function Cap({ info, feature: { statistics } }: Pick<ExamplesPanelProps, 'info' | 'feature'>) {
  const { cap } = info.manifest
  const { stored, count } = statistics
  if (!cap || stored >= count) return null
  return (
    <p className={css.cap}>
      Examples are of {formatNumber(stored)} of {plural(count, 'firing')}: those of the {cap.top} documents
      with the highest activations, and of others drawn by chance from all firings and from each interval.
      Counts are of all.
    </p>
  )
}

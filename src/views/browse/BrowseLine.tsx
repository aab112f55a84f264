// One feature of the list: its label, or in another hand what was computed of it, and its numbers.
import type { BrowseRow, Label } from '../../engine/protocol.ts'
import { formatDensity, formatNumber } from '../../lib/format.ts'
import { Computed } from '../../ui/Computed.tsx'
import { TinyHistogram } from '../../ui/TinyHistogram.tsx'
import css from './BrowseTable.module.css'

interface BrowseLineProps {
  feature: number
  /** Place among the found ones, from 0. */
  place: number
  active: boolean
  href: string
  /** Undefined until it is here. */
  row: BrowseRow | undefined
  /** Known before the rest of the line. */
  label: Label | undefined
  onFocus(): void
  onOpen(): void
}

export function BrowseLine({ feature, place, active, href, row, label, onFocus, onOpen }: BrowseLineProps) {
  const { density, max, mean, skew, histogram = [] } = row ?? {}
  const short = [
    String(feature),
    density !== undefined && formatDensity(density),
    max !== undefined && density !== 0 && `max ${decimal(max)}`,
    skew !== undefined && `skew ${hundredths(skew)}`,
  ]
  return (
    <tr
      data-index={place}
      aria-rowindex={place + 2}
      tabIndex={active ? 0 : -1}
      className={css.row}
      onFocus={onFocus}
      onClick={(event) => {
        // With a key held, the link does what links do.
        if (event.ctrlKey || event.metaKey || event.shiftKey || event.button !== 0) return
        event.preventDefault()
        onOpen()
      }}
    >
      <td className={css.index}>{feature}</td>
      <th scope="row" className={css.feature}>
        <a href={href} tabIndex={-1} className={css.link}>
          <What label={label ?? row?.label} row={row} />
        </a>
        <span className={css.short}>{short.filter(Boolean).join(' · ')}</span>
      </th>
      <td className={css.density}>{density !== undefined && formatDensity(density)}</td>
      <td className={css.max}>{max !== undefined && density !== 0 && decimal(max)}</td>
      <td className={css.mean}>{mean !== undefined && decimal(mean)}</td>
      <td className={css.skew}>{skew !== undefined && hundredths(skew)}</td>
      <td className={css.activations}>
        {histogram.some((count) => count > 0) && <TinyHistogram counts={histogram} />}
      </td>
    </tr>
  )
}

function What({ label, row }: { label: Label | undefined; row: BrowseRow | undefined }) {
  if (label) return label.description
  if (!row) return <span className={css.waiting}>…</span>
  if (row.summary === '') return <span className={css.unnamed}>no label</span>
  return <Computed text={row.summary} />
}

/** Without a minus sign where nothing is left of the number. */
function hundredths(value: number): string {
  return formatNumber(Math.abs(value) < 0.005 ? 0 : value, 2)
}

function decimal(value: number): string {
  return formatNumber(value, value >= 100 ? 0 : value >= 10 ? 1 : 2)
}

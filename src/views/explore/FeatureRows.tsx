// The listed features as rows: label, summary or promoted tokens, a strip over the text, the value they are ordered by, a lock.
import { memo, useMemo } from 'react'
import { binnedStrip, type RankedFeature } from '../../lib/feature-columns.ts'
import { decimalsFor, formatNumber, formatShare } from '../../lib/format.ts'
import type { Ranking } from '../../lib/listing.ts'
import { pieceText } from '../../lib/token-text.ts'
import { useActions, useApp } from '../../store/hooks.ts'
import { summariesOf } from '../../store/summaries-slice.ts'
import type { RunShown } from '../../store/types.ts'
import { FeatureRow } from '../../ui/FeatureRow.tsx'
import css from './FeaturesPanel.module.css'
import { useFeatureAddress } from './use-feature-address.ts'
import { usePromoted } from './use-promoted.ts'

/** Bars in a strip: about one a pixel and a half at its widest. */
const BINS = 120

interface FeatureRowsProps {
  ranked: readonly RankedFeature[]
  shown: RunShown
  ranking: Ranking
  busy: boolean
}

/** Rendered again only for another list: while the pointer passes over tokens, the panel around it is more often. */
export const FeatureRows = memo(function FeatureRows({ ranked, shown, ranking, busy }: FeatureRowsProps) {
  const labels = useApp((state) => state.labels)
  const summaries = useApp(summariesOf)
  const promoted = useApp((state) => state.promoted)
  const locked = useApp((state) => state.lockedFeatures)
  const { hover, toggleFeature } = useActions()
  usePromoted(ranked, busy)

  const { columns } = shown
  const bins = Math.min(BINS, columns.rows)
  const hrefOf = useFeatureAddress(shown)
  const decimals = ranking === 'count' ? 0 : decimalsFor(ranked[0]?.[ranking] ?? 0)
  const shownValue = (feature: RankedFeature): string => {
    if (ranking !== 'ratio') return formatNumber(feature[ranking], decimals)
    return Number.isNaN(feature.ratio) ? '–' : formatShare(feature.ratio)
  }

  const featureOf = (target: EventTarget): number | undefined => {
    const row = target instanceof Element ? target.closest<HTMLElement>('[data-feature]') : null
    return row ? Number(row.dataset.feature) : undefined
  }
  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: clicks come from the lock buttons inside, by key as well.
    <ul
      // biome-ignore lint/a11y/noRedundantRoles: WebKit drops the role of a list without markers.
      role="list"
      aria-label="Active features"
      className={css.list}
      data-busy={busy || undefined}
      style={
        {
          '--index-width': `${String(shown.result.features.width - 1).length + 0.4}ch`,
        } as React.CSSProperties
      }
      onPointerOver={(event) => hover({ feature: featureOf(event.target) })}
      onPointerLeave={() => hover({})}
      onFocus={(event) => hover({ feature: featureOf(event.target) })}
      onBlur={() => hover({})}
      onClick={(event) => {
        const index = featureOf(event.target)
        const onLock = event.target instanceof Element && event.target.closest('button')
        if (onLock && index !== undefined) toggleFeature(index, event.shiftKey)
      }}
    >
      {ranked.map((feature) => (
        <StripRow
          key={feature.index}
          index={feature.index}
          slot={feature.slot}
          columns={columns}
          bins={bins}
          href={hrefOf(feature.index)}
          label={labels.get(feature.index)?.description}
          summary={summaries.get(feature.index)}
          promotes={promoted.get(feature.index)}
          value={shownValue(feature)}
          locked={locked.includes(feature.index)}
        />
      ))}
    </ul>
  )
})

interface StripRowProps {
  index: number
  slot: number
  columns: RunShown['columns']
  bins: number
  href: string
  label: string | undefined
  summary: string | undefined
  promotes: readonly { token: string }[] | undefined
  value: string
  locked: boolean
}

function StripRow({ slot, columns, bins, promotes, ...rest }: StripRowProps) {
  const strip = useMemo(() => binnedStrip(columns, slot, bins), [columns, slot, bins])
  const max = useMemo(() => strip.reduce((a, b) => Math.max(a, b), 0), [strip])
  const tokens = useMemo(() => promotes?.map(({ token }) => pieceText(token)), [promotes])
  return <FeatureRow {...rest} bins={strip} max={max} promotes={tokens} />
}

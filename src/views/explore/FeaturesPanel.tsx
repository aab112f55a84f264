// The features active on the text, or on the hovered or locked tokens, strongest first.
import { type ReactNode, useDeferredValue, useEffect, useMemo, useState } from 'react'
import { binnedStrip, rankFeatures } from '../../lib/feature-columns.ts'
import { decimalsFor, formatNumber, plural } from '../../lib/format.ts'
import { formatRoute, type Ranking } from '../../lib/route.ts'
import { spanPositions } from '../../lib/spans.ts'
import { pieceText, tokenName } from '../../lib/token-text.ts'
import { useActions, useApp } from '../../store/hooks.ts'
import type { RunShown } from '../../store/types.ts'
import { Button } from '../../ui/Button.tsx'
import { FeatureRow } from '../../ui/FeatureRow.tsx'
import { Panel } from '../../ui/Panel.tsx'
import { Segmented } from '../../ui/Segmented.tsx'
import { Skeleton } from '../../ui/Skeleton.tsx'
import css from './FeaturesPanel.module.css'

/** Rows shown first, and added by each "more". */
const FIRST = 24
const MORE = 100
/** Bars in a strip: about one a pixel and a half at its widest. */
const BINS = 120

const RANKINGS: readonly { value: Ranking; text: string }[] = [
  { value: 'max', text: 'Max' },
  { value: 'sum', text: 'Sum' },
  { value: 'count', text: 'Count' },
]

export function FeaturesPanel() {
  const shown = useApp((state) => state.shown)
  const busy = useApp((state) => Boolean(state.opening ?? state.running))
  const ready = useApp((state) => Boolean(state.sae ?? state.openError ?? state.routeError))
  if (shown) return <ShownFeatures key={shown.source} shown={shown} busy={busy} />
  return (
    <Panel title="Active features" busy={busy}>
      {ready && !busy ? (
        <p className={css.empty}>The features of a text appear here once it has run.</p>
      ) : (
        <Skeleton lines={9} />
      )}
    </Panel>
  )
}

function ShownFeatures({ shown, busy }: { shown: RunShown; busy: boolean }) {
  const hoveredToken = useDeferredValue(useApp((state) => state.hoveredToken))
  const lockedTokens = useApp((state) => state.lockedTokens)
  const ranking = useApp((state) => state.ranking)
  const bos = useApp((state) => state.bos)
  const { setRanking, setBos } = useActions()
  const [limit, setLimit] = useState(FIRST)

  const { spans } = shown.result
  const chosen = hoveredToken === undefined ? lockedTokens : [hoveredToken]
  const key = chosen.join(',')
  // biome-ignore lint/correctness/useExhaustiveDependencies: `key` stands for `chosen`, a new list on every hover.
  const ranked = useMemo(
    () => rankFeatures(shown.columns, ranking, chosen.length > 0 ? spanPositions(spans, chosen) : undefined),
    [shown.columns, spans, ranking, key],
  )
  const more = ranked.length - limit
  return (
    <Panel
      className={css.panel}
      busy={busy}
      title={<Title chosen={chosen} shown={shown} />}
      actions={<Segmented label="Order by" value={ranking} choices={RANKINGS} onChange={setRanking} />}
    >
      {ranked.length > 0 ? (
        <Rows ranked={ranked.slice(0, limit)} shown={shown} ranking={ranking} busy={busy} />
      ) : (
        <p className={css.empty}>{nothing(chosen, bos, shown.result.features.rows)}</p>
      )}
      <div className={css.foot}>
        <span>
          {formatNumber(ranked.length)} {chosen.length > 0 ? 'active here' : 'active'} of{' '}
          {plural(shown.result.features.width, 'feature')}
        </span>
        <Button look="pill" onClick={() => setBos(!bos)}>
          {bos ? 'Exclude' : 'Include'} <code>&lt;bos&gt;</code>
        </Button>
        {more > 0 && (
          <Button look="pill" onClick={() => setLimit(limit + MORE)}>
            {formatNumber(more)} more
          </Button>
        )}
      </div>
    </Panel>
  )
}

function Title({ chosen, shown }: { chosen: readonly number[]; shown: RunShown }): ReactNode {
  if (chosen.length === 0) return 'Active features'
  if (chosen.length > 1) return `Active features on ${chosen.length} tokens`
  const span = shown.result.spans.find(({ first, count }) => chosen[0] >= first && chosen[0] < first + count)
  return (
    <>
      <span className={css.prefix}>Active features on </span>
      <strong>{span ? tokenName(span.text) : `token ${chosen[0]}`}</strong>
    </>
  )
}

function nothing(chosen: readonly number[], bos: boolean, tokens: number): string {
  if (chosen.length === 0) return 'No feature is active on this text.'
  if (!bos && chosen.length === 1 && chosen[0] === 0) {
    return 'The first token is left out: its activations are outliers that mean little. Include it below.'
  }
  const outside = chosen.find((position) => position >= tokens)
  if (outside !== undefined)
    return `This text has no token ${outside}: its ${tokens} are numbered from 0. Esc unlocks.`
  return 'No feature is active here.'
}

interface RowsProps {
  ranked: ReturnType<typeof rankFeatures>
  shown: RunShown
  ranking: Ranking
  busy: boolean
}

function Rows({ ranked, shown, ranking, busy }: RowsProps) {
  const labels = useApp((state) => state.labels)
  const promoted = useApp((state) => state.promoted)
  const locked = useApp((state) => state.lockedFeatures)
  const { hover, toggleFeature, loadPromoted } = useActions()

  useEffect(() => {
    if (busy) return
    const unnamed = ranked.map(({ index }) => index).filter((index) => !labels.has(index))
    // Hovering passes over many tokens: only the list one stays on is worth asking for.
    const timer = setTimeout(() => void loadPromoted(unnamed), 60)
    return () => clearTimeout(timer)
  }, [ranked, labels, busy, loadPromoted])

  const { model, source, text, columns } = shown
  const bins = Math.min(BINS, columns.rows)
  // The text is packed once; every row's address differs only in its index.
  const addresses = useMemo(() => {
    const [start, end] = formatRoute({ view: 'feature', model, source, index: 0, text }).split(/\/0(?=\?|$)/)
    return { start, end }
  }, [model, source, text])
  const decimals = ranking === 'count' ? 0 : decimalsFor(ranked[0]?.[ranking] ?? 0)

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
          href={`${addresses.start}/${feature.index}${addresses.end ?? ''}`}
          label={labels.get(feature.index)?.description}
          promotes={promoted.get(feature.index)}
          value={formatNumber(feature[ranking], decimals)}
          locked={locked.includes(feature.index)}
        />
      ))}
    </ul>
  )
}

interface StripRowProps {
  index: number
  slot: number
  columns: RunShown['columns']
  bins: number
  href: string
  label: string | undefined
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

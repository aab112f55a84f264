// One source of the layer view: where it reads, L0 and FVU, how many features each token has, and the strongest.
import { memo, useMemo } from 'react'
import type { Beyond } from '../../lib/feature-columns.ts'
import { decimalsFor, formatNumber } from '../../lib/format.ts'
import { parseHook, SITE_NAMES } from '../../lib/hook.ts'
import { exploreRoute, formatRoute } from '../../lib/route.ts'
import { tokenName } from '../../lib/token-text.ts'
import type { RunShown } from '../../store/types.ts'
import { Sparkline } from '../../ui/Sparkline.tsx'
import css from './LayersView.module.css'
import { binned, type LayerRow, topFeatures } from './layer-rows.ts'

/** Bars in a strip. */
const BINS = 120

interface LayerItemProps {
  row: LayerRow
  shown: RunShown
  /** Tokens looked at; all when empty. */
  tokens: readonly number[]
  /** Ends of the scales that all rows share. */
  highestL0: number
  mostActive: number
  /** Features listed, where it is not the usual number. */
  most?: number
  /** Which are too dense to be listed. */
  beyond?: Beyond
}

export const LayerItem = memo(function LayerItem({
  row,
  shown,
  tokens,
  highestL0,
  mostActive,
  most,
  beyond,
}: LayerItemProps) {
  const { run, counts } = row
  const { model, text } = shown
  const { spans } = shown.result
  const key = tokens.join(',')
  // biome-ignore lint/correctness/useExhaustiveDependencies: `key` stands for `tokens`, a new list on every hover.
  const top = useMemo(() => topFeatures(row, spans, tokens, most, beyond), [row, spans, key, most, beyond])
  const bins = useMemo(() => binned(counts, BINS), [counts])
  const decimals = decimalsFor(top[0]?.value ?? 0)
  const site = SITE_NAMES[parseHook(run.hookIn)?.site ?? 'hook_resid_post']
  return (
    <li className={css.layer}>
      <div className={css.about}>
        <h3 className={css.name}>
          Layer {run.layer} <span className={css.site}>{site}</span>
        </h3>
        <a className={css.source} href={formatRoute(exploreRoute(model, run.source, text))}>
          {run.source}
        </a>
        <Measure
          name="L0"
          title="Mean active features a token"
          value={formatNumber(run.l0, 1)}
          share={run.l0 / highestL0}
        />
        <Measure
          name="FVU"
          title="Fraction of variance unexplained"
          value={formatNumber(run.fvu, 3)}
          share={run.fvu}
        />
        <div className={css.strip} title={`Active features by token; the strip ends at ${mostActive}`}>
          <Sparkline bins={bins} max={mostActive} />
        </div>
      </div>
      {top.length > 0 ? (
        <ol
          // biome-ignore lint/a11y/noRedundantRoles: WebKit drops the role of a list without markers.
          role="list"
          className={css.features}
          aria-label={`Top features of ${run.source}`}
        >
          {top.map(({ index, label, value, peak }) => (
            <li key={index}>
              <a
                className={css.feature}
                data-source={run.source}
                data-feature={index}
                href={formatRoute({ view: 'feature', model, source: run.source, index, text })}
              >
                <span className={css.index}>{index}</span>{' '}
                <span className={css.words}>
                  {label && <span className={css.label}>{label}</span>}{' '}
                  <span className={css.peak}>{peak >= 0 && tokenName(spans[peak].text)}</span>
                </span>{' '}
                <span className={css.value}>{formatNumber(value, decimals)}</span>
              </a>
            </li>
          ))}
        </ol>
      ) : (
        <p className={css.note}>
          No feature {beyond?.dense !== undefined && 'of this density '}is active
          {tokens.length > 0 && ' here'}.
        </p>
      )}
    </li>
  )
})

interface MeasureProps {
  name: string
  title: string
  value: string
  /** Length of the bar, 0 … 1. */
  share: number
}

function Measure({ name, title, value, share }: MeasureProps) {
  const length = Math.max(0, Math.min(1, share || 0))
  return (
    <p className={css.measure} title={title} data-measure={name}>
      <span className={css.what}>{name}</span>{' '}
      <span className={css.track} aria-hidden="true">
        <span className={css.fill} style={{ inlineSize: `${100 * length}%` }} />
      </span>{' '}
      <b className={css.figure}>{value}</b>
    </p>
  )
}

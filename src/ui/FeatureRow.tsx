// One active feature: index, label, summary or what it promotes, its strip over the text, its value, and a lock.
import { memo } from 'react'
import { Computed } from './Computed.tsx'
import css from './FeatureRow.module.css'
import { Sparkline } from './Sparkline.tsx'
import { TokenText } from './TokenText.tsx'

interface FeatureRowProps {
  index: number
  href: string
  label: string | undefined
  /** What an index says of it, shown when there is no label. */
  summary: string | undefined
  /** Texts of the tokens it promotes, shown when there is neither; undefined while not known. */
  promotes: readonly string[] | undefined
  bins: Float32Array
  max: number
  value: string
  locked: boolean
}

/** Events are delegated: the list above reads `data-feature`. */
export const FeatureRow = memo(function FeatureRow(props: FeatureRowProps) {
  const { index, href, label, summary, promotes, bins, max, value, locked } = props
  return (
    <li className={css.row} data-feature={index} data-locked={locked || undefined}>
      <a className={css.link} href={href}>
        <span className={css.index}>{index}</span>{' '}
        <span className={css.label} title={label}>
          {label ?? (summary ? <Computed text={summary} brief /> : <Promotes tokens={promotes} />)}
        </span>{' '}
        <Sparkline bins={bins} max={max} />
        <span className={css.value}>{value}</span>
      </a>
      <button
        type="button"
        className={css.lock}
        aria-label={`Lock feature ${index}`}
        aria-pressed={locked}
        title={locked ? 'Unlock (Esc)' : 'Lock: keep its colour on the tokens'}
      >
        <svg viewBox="0 0 16 16" aria-hidden="true">
          <rect x="3.2" y="7.2" width="9.6" height="6.6" rx="1.6" />
          <path d={locked ? 'M5.4 7V5a2.6 2.6 0 0 1 5.2 0v2' : 'M5.4 7V4.6a2.6 2.6 0 0 1 5-1'} />
        </svg>
      </button>
    </li>
  )
})

function Promotes({ tokens }: { tokens: readonly string[] | undefined }) {
  if (!tokens || tokens.length === 0) return <span className={css.promotes}>{tokens ? 'no label' : '…'}</span>
  return (
    <span className={css.promotes}>
      <span className={css.word}>promotes </span>
      {tokens.map((token, at) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: a ranked list; two pieces may read the same.
        <span key={at}>
          {at > 0 && ' '}
          <code className={css.piece}>
            <TokenText text={token} />
          </code>
        </span>
      ))}
    </span>
  )
}

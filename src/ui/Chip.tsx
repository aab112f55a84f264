// A token in monospace on a colour that says how strongly it is meant.
import { STRONG } from '../lib/heat.ts'
import { pieceText, tokenName } from '../lib/token-text.ts'
import css from './Chip.module.css'
import { TokenText } from './TokenText.tsx'

interface ChipProps {
  /** Vocabulary piece, "▁the". */
  piece: string
  /** 0 … 1 */
  level?: number
  tone?: 'act' | 'plain'
  /** Without padding, to stand in running text. */
  bare?: boolean
  /** The token meant, among others. */
  marked?: boolean
}

export function Chip({ piece, level = 0, tone = 'act', bare, marked }: ChipProps) {
  const text = pieceText(piece)
  const heat = tone === 'act' && level > STRONG ? 'strong' : level > 0 ? 'lit' : 'none'
  return (
    <code
      className={css.chip}
      data-heat={heat}
      data-tone={tone}
      data-bare={bare || undefined}
      data-marked={marked || undefined}
      style={{ '--level': `${(level * 100).toFixed(1)}%` } as React.CSSProperties}
      title={tokenName(text)}
    >
      <TokenText text={text} />
    </code>
  )
}

// A stretch of a text in running words, its tokens coloured by activation and the one it is about underlined.
import { formatNumber } from '../lib/format.ts'
import { heat, STRONG } from '../lib/heat.ts'
import { tokenName } from '../lib/token-text.ts'
import css from './ExampleText.module.css'
import { TokenText } from './TokenText.tsx'

interface ExampleTextProps {
  /** Pieces of the stretch, and [pieces] their activations. */
  spans: readonly { first: number; text: string; special: boolean }[]
  values: Float32Array
  /** What the strongest colour stands for. */
  max: number
  /** Place in `spans` of the piece it is about. */
  centre: number
  /** Newlines break the line, as in the text. */
  breaks: boolean
  /** Whether text was left out before and after. */
  cut: { before: boolean; after: boolean }
}

export function ExampleText({ spans, values, max, centre, breaks, cut }: ExampleTextProps) {
  return (
    <span className={css.text}>
      {cut.before && <span className={css.cut}>… </span>}
      {spans.map((span, at) => {
        const level = heat(values[at], max)
        return (
          <span
            key={span.first}
            className={css.token}
            data-heat={level > STRONG ? 'strong' : level > 0 ? 'lit' : 'none'}
            data-special={span.special || undefined}
            data-centre={at === centre || undefined}
            style={
              level > 0 ? ({ '--level': `${(level * 100).toFixed(1)}%` } as React.CSSProperties) : undefined
            }
            title={values[at] > 0 ? `${tokenName(span.text)} ${formatNumber(values[at], 4)}` : undefined}
          >
            <TokenText text={span.text} breaks={breaks} />
          </span>
        )
      })}
      {cut.after && <span className={css.cut}> …</span>}
    </span>
  )
}

// One firing in its context; opened, the whole document with all its firings by value, where it is from, and what can
// be done with it.
import { useId, useState } from 'react'
import { type Example, textOf, windowOf } from '../../dashboard/examples.ts'
import type { ExampleDocument } from '../../engine/protocol.ts'
import { formatNumber } from '../../lib/format.ts'
import { spanValues } from '../../lib/spans.ts'
import { tokenName } from '../../lib/token-text.ts'
import { Button } from '../../ui/Button.tsx'
import { ExampleText } from '../../ui/ExampleText.tsx'
import css from './ExampleRow.module.css'

interface ExampleRowProps {
  example: Example<ExampleDocument>
  /** Pieces on either side; all where undefined. */
  around: number | undefined
  breaks: boolean
  max: number
  decimals: number
  onTry: ((text: string) => void) | undefined
}

export function ExampleRow({ example, around, breaks, max, decimals, onTry }: ExampleRowProps) {
  const [open, setOpen] = useState(false)
  const id = useId()
  const { document, position, value, copies } = example
  const { spans, kind, title } = document
  const values = spanValues(spans, document.values)
  const { from, to, centre } = windowOf(spans, position, open ? undefined : around)
  const firings = document.values.reduce((count, one, at) => count + (at > 0 && one > 0 ? 1 : 0), 0)
  const lit = [...spans.keys()].filter((at) => !spans[at].special && values[at] > 0)
  return (
    <li className={css.row} data-open={open || undefined}>
      <button
        type="button"
        className={css.value}
        aria-expanded={open}
        aria-controls={id}
        title={open ? 'Show less' : 'Show the whole document'}
        onClick={() => setOpen(!open)}
      >
        <span className="visually-hidden">Example, activation </span>
        {formatNumber(value, decimals)}
      </button>
      {/* biome-ignore lint/a11y/useKeyWithClickEvents: a larger target for the button beside it */}
      {/* biome-ignore lint/a11y/noStaticElementInteractions: the same */}
      <div id={id} className={css.text} onClick={() => open || setOpen(true)}>
        <ExampleText
          spans={spans.slice(from, to)}
          values={values.subarray(from, to)}
          max={max}
          centre={centre - from}
          breaks={open || breaks}
          cut={{ before: from > 1, after: to < spans.length }}
        />
        {open && (
          <ul aria-label="Tokens it fires on" className={css.firings}>
            {lit.map((at) => (
              <li key={at}>
                {tokenName(spans[at].text)} <b>{formatNumber(values[at], decimals)}</b>
              </li>
            ))}
          </ul>
        )}
        {open && (
          <p className={css.about}>
            <span>
              {title} · position {position} of {document.ids.length - 1} · fires {firings}×
            </span>
            {onTry && (
              <Button look="pill" onClick={() => onTry(textOf(spans))}>
                Try this text
              </Button>
            )}
          </p>
        )}
      </div>
      <span className={css.kind}>
        {copies > 1 && (
          <b className={css.copies} title={`${copies} documents have the very same tokens`}>
            ×{copies}
          </b>
        )}
        {kind}
      </span>
    </li>
  )
}

// One token's text with its spaces, line ends and invisible characters made visible.
import { Fragment, memo } from 'react'
import { tokenPieces } from '../lib/token-text.ts'
import css from './TokenText.module.css'

/** `breaks`: a newline is also a real line break, as in a text; otherwise only its sign. */
export const TokenText = memo(function TokenText({
  text,
  breaks = false,
}: {
  text: string
  breaks?: boolean
}) {
  return tokenPieces(text).map((piece, at) => {
    const key = at
    if (piece.kind === 'text') return <Fragment key={key}>{piece.text}</Fragment>
    if (piece.kind === 'space') {
      return (
        <span key={key} className={css.space}>
          {piece.text}
        </span>
      )
    }
    if (piece.kind === 'sign') {
      return (
        <span key={key} className={css.sign}>
          {piece.text}
        </span>
      )
    }
    return (
      <span key={key} className={css.sign}>
        ↵{breaks && <br />}
      </span>
    )
  })
})

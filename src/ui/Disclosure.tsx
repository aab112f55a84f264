// Details that stay out of the way until asked for.
import type { ReactNode } from 'react'
import css from './Disclosure.module.css'

export function Disclosure({ summary, children }: { summary: string; children: ReactNode }) {
  return (
    <details className={css.details}>
      <summary className={css.summary}>{summary}</summary>
      <div className={css.body}>{children}</div>
    </details>
  )
}

// A line above the page that says something once, with what can be done about it.
import type { ReactNode } from 'react'
import css from './Notice.module.css'

interface NoticeProps {
  /** News, or something that is not as it should be. */
  tone: 'news' | 'warning'
  text: string
  /** Buttons. */
  children: ReactNode
}

export function Notice({ tone, text, children }: NoticeProps) {
  return (
    <div className={css.notice} data-tone={tone}>
      <p>{text}</p>
      <div className={css.choices}>{children}</div>
    </div>
  )
}

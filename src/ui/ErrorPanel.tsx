// An error in the page: what was wrong, where, and what to do, with the way out beside it.
import type { ReactNode } from 'react'
import type { UserErrorFields } from '../lib/errors.ts'
import css from './ErrorPanel.module.css'

export function ErrorPanel({ error, children }: { error: UserErrorFields; children?: ReactNode }) {
  return (
    <div role="alert" className={css.panel}>
      <svg className={css.sign} viewBox="0 0 20 20" aria-hidden="true">
        <circle cx="10" cy="10" r="8.2" fill="none" stroke="currentColor" strokeWidth="1.6" />
        <path d="M10 5.6v5.2M10 13.6v.6" stroke="currentColor" strokeWidth="1.8" strokeLinecap="round" />
      </svg>
      <div className={css.words}>
        <p className={css.title}>{error.title}</p>
        <p className={css.detail}>{error.detail}</p>
        <p>{error.remedy}</p>
        {children && <div className={css.actions}>{children}</div>}
      </div>
    </div>
  )
}

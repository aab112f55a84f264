// The top of a page: its title, a line that says what is on it, and a way on.
import type { ReactNode } from 'react'
import { Breakable } from './Breakable.tsx'
import css from './PageHead.module.css'

interface PageHeadProps {
  title: string
  lead: string | undefined
  /** At the right end. */
  children: ReactNode
}

export function PageHead({ title, lead, children }: PageHeadProps) {
  return (
    <div className={css.head}>
      <h1 className={css.title}>
        <Breakable path={title} />
      </h1>
      <p className={css.way}>{children}</p>
      {lead && <p className={css.lead}>{lead}</p>}
    </div>
  )
}

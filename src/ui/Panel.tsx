// A bordered card with a quiet title bar: the page's one container.
import { type ReactNode, useId } from 'react'
import css from './Panel.module.css'

interface PanelProps {
  title: ReactNode
  /** Right end of the title bar. */
  actions?: ReactNode
  className?: string
  busy?: boolean
  children: ReactNode
}

export function Panel({ title, actions, className, busy, children }: PanelProps) {
  const id = useId()
  return (
    <section
      className={[css.panel, className].filter(Boolean).join(' ')}
      aria-labelledby={id}
      aria-busy={busy}
    >
      <div className={css.bar}>
        <h2 id={id} className={css.title}>
          {title}
        </h2>
        {actions}
      </div>
      {children}
    </section>
  )
}

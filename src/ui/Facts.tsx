// Names and their values, in two columns.
import type { ReactNode } from 'react'
import css from './Facts.module.css'

interface Fact {
  name: string
  value: ReactNode
  /** Shown when the pointer rests on it. */
  meaning?: string
}

export function Facts({ facts }: { facts: readonly Fact[] }) {
  return (
    <dl className={css.facts}>
      {facts.map(({ name, value, meaning }) => (
        <div key={name} className={css.fact} title={meaning}>
          <dt>{name}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  )
}

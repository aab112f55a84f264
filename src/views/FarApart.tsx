// A warning where a run's L0 or FVU is far from what is published for the SAE, with what may have happened.
import { farApart } from '../lib/far-apart.ts'
import { useApp } from '../store/hooks.ts'
import type { RunShown } from '../store/types.ts'
import css from './FarApart.module.css'

/** Nothing where the figures are near the published ones, or where none are published. */
export function FarApart({ shown }: { shown: RunShown }) {
  const sae = useApp((state) => state.sae)
  if (!sae || sae.source !== shown.source) return null
  const { l0, fvu, features, windows } = shown.result
  const found = farApart({ counted: features.rows - windows.length, l0, fvu }, sae.published, sae.hookIn)
  if (!found) return null
  return (
    <details className={css.warning}>
      <summary className={css.question}>{found.question}</summary>
      <p className={css.lead}>What may have happened:</p>
      <ul className={css.causes}>
        {found.causes.map((cause) => (
          <li key={cause}>{cause}</li>
        ))}
      </ul>
    </details>
  )
}

// What the colour of the tokens stands for, and the ends of its scale.
import { decimalsFor, formatNumber } from '../lib/format.ts'
import css from './ColourLegend.module.css'

export function ColourLegend({ name, min, max }: { name: string; min: number; max: number }) {
  return (
    <p className={css.legend}>
      <span className={css.what}>{name}</span>
      <b>{formatNumber(min, min > 0 ? decimalsFor(max) : 0)}</b>
      <span className={css.ramp} aria-hidden="true" />
      <b>{formatNumber(max, decimalsFor(max))}</b>
    </p>
  )
}

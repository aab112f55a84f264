// What the colour of the tokens stands for, and the ends of its scale.
import { decimalsFor, formatNumber } from '../lib/format.ts'
import css from './ColourLegend.module.css'

interface ColourLegendProps {
  name: string
  min: number
  max: number
  /** Of both ends; as many as the highest value needs where nothing is said. */
  decimals?: number
}

export function ColourLegend({ name, min, max, decimals = decimalsFor(max) }: ColourLegendProps) {
  return (
    <p className={css.legend}>
      <span className={css.what}>{name}</span>
      <b>{formatNumber(min, min > 0 ? decimals : 0)}</b>
      <span className={css.ramp} aria-hidden="true" />
      <b>{formatNumber(max, decimals)}</b>
    </p>
  )
}

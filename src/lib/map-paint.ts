// Which colour each point of a map gets: a step of a scale, or lit, or faded.
import type { MapColour } from './map-query.ts'

/** Steps of the scale of densities. */
export const SHADES = 12
/** After the steps: what is lit, and what is nothing in particular; these are drawn last and first. */
export const [LIT, FADED] = [SHADES, SHADES + 1]

export interface MapPaint {
  /** [points] a step, LIT or FADED */
  shades: Uint8Array
  /** How many are not faded. */
  shown: number
  /** Lowest and highest density above zero; undefined where none is known. */
  range: [number, number] | undefined
}

interface Known {
  /** [points] indices */
  features: Uint32Array
  /** [points] share of tokens; NaN where it is not known */
  density: Float32Array | undefined
  hits: ReadonlySet<number> | undefined
  labels: ReadonlyMap<number, unknown>
}

/** Densities on a logarithmic scale from the lowest above zero to the highest; what never fires is faded. */
export function paintOf(colour: MapColour, { features, density, hits, labels }: Known): MapPaint {
  const shades = new Uint8Array(features.length).fill(FADED)
  const range = colour === 'density' && density ? rangeOf(density) : undefined
  let shown = 0
  for (let i = 0; i < features.length; i += 1) {
    const shade = range && density ? shadeOf(density[i], range) : undefined
    const lit = colour === 'search' ? hits?.has(features[i]) : colour === 'label' && labels.has(features[i])
    if (shade === undefined && !lit) continue
    shades[i] = shade ?? LIT
    shown += 1
  }
  return { shades, shown, range }
}

function shadeOf(density: number, [low, high]: [number, number]): number | undefined {
  if (!(density > 0)) return undefined
  const share = high > low ? Math.log(density / low) / Math.log(high / low) : 1
  return Math.min(SHADES - 1, Math.floor(share * SHADES))
}

function rangeOf(density: Float32Array): [number, number] | undefined {
  let [low, high] = [Number.POSITIVE_INFINITY, 0]
  for (const one of density) {
    if (!(one > 0)) continue
    low = Math.min(low, one)
    high = Math.max(high, one)
  }
  return high > 0 ? [low, high] : undefined
}

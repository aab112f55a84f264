// The card of a map: its points in the colours of the page, and some features on it with their numbers.
import { formatNumber, formatShare, plural } from '../../lib/format.ts'
import { LIT, paintOf } from '../../lib/map-paint.ts'
import type { MapRoute } from '../../lib/route.ts'
import type { AppState } from '../../store/types.ts'
import type { CardRow, ShareCard } from './card.ts'
import { CARD_ROWS, featureWords } from './card-words.ts'

type Said = Pick<ShareCard, 'title' | 'subtitle' | 'columns' | 'named'>

/** Marks with a number on the map. */
const MARKS = 8
/** In the plane: discs farther apart than this never touch. */
const APART = 0.16

/** Undefined before the map is computed. */
export function mapCard(state: AppState, { query, source }: MapRoute): Said | undefined {
  const { map, mapHits, mapPicked, labels, sae } = state
  if (map?.status !== 'ready' || map.of !== sae || sae.source !== source) return undefined
  const { features, places, dSae, sampled } = map.value
  const hits = mapHits?.of === sae ? mapHits.features : undefined
  const { density } = map
  const paint = paintOf(query.colour, { features, density, hits, labels })
  const picked = mapPicked?.of === sae ? new Set(mapPicked.features) : undefined
  const candidates = Array.from(features.keys()).filter((point) => {
    const feature = features[point]
    if (picked) return picked.has(feature)
    return query.colour === 'density' ? labels.has(feature) : paint.shades[point] === LIT
  })
  const marks = farApart(candidates, places)
  const rows = marks.map((point, at): CardRow => {
    const { label, index, computed } = featureWords(state, features[point])
    const share = density && !Number.isNaN(density[point]) ? formatShare(density[point]) : ''
    return { index: String(at + 1), label: `${index}  ${label}`, computed, cells: share ? [share] : [] }
  })
  const count = sampled ? `a sample of ${formatNumber(features.length)} of ` : ''
  const text = query.text.trim()
  const colour =
    query.colour === 'search'
      ? `lit: ${text === '' ? 'nothing searched' : `“${text}”`}`
      : query.colour === 'label'
        ? 'lit: those with a label'
        : 'coloured by how often they fire'
  const shown = {
    kind: 'points',
    heading: 'Near where decoder directions are alike',
    points: { places, shades: paint.shades, marks },
  } as const
  return {
    title: 'Map of features',
    named: marks.map((point) => features[point]),
    subtitle: `${count}${plural(dSae, 'feature')} · ${colour}`,
    columns: [
      { share: rows.length > 0 ? 0.42 : 1, panels: [shown] },
      ...(rows.length > 0
        ? [
            {
              share: 0.58,
              panels: [
                {
                  kind: 'rows',
                  heading: picked ? 'Some of those picked' : 'Some of them',
                  columns: density ? ['density'] : [],
                  rows: rows.slice(0, CARD_ROWS),
                } as const,
              ],
            },
          ]
        : []),
    ],
  }
}

/** Points of which each is the farthest from those before it, the first nearest to the middle of the plane. */
function farApart(candidates: readonly number[], places: Float32Array): number[] {
  const distance = (a: number, x: number, y: number): number =>
    Math.hypot(places[2 * a] - x, places[2 * a + 1] - y)
  const gaps = new Map(candidates.map((point) => [point, Number.POSITIVE_INFINITY]))
  const chosen: number[] = []
  let next = best(candidates, (point) => -distance(point, 0, 0))
  while (next !== undefined && chosen.length < MARKS) {
    const [x, y] = [places[2 * next], places[2 * next + 1]]
    chosen.push(next)
    for (const [point, gap] of gaps) gaps.set(point, Math.min(gap, distance(point, x, y)))
    const farthest = best(candidates, (point) => gaps.get(point) ?? 0)
    next = farthest !== undefined && (gaps.get(farthest) ?? 0) > APART ? farthest : undefined
  }
  return chosen
}

function best(points: readonly number[], score: (point: number) => number): number | undefined {
  let found: number | undefined
  let highest = Number.NEGATIVE_INFINITY
  for (const point of points) {
    const own = score(point)
    if (own > highest) [found, highest] = [point, own]
  }
  return found
}

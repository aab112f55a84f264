// Which documents of a feature are looked up at all: those that any group of examples could show.

import { intervalOf } from '../activation-index/feature-statistics.ts'
import { INTERVALS } from '../activation-index/manifest.ts'
import type { FeatureStatistics, Postings } from '../activation-index/types.ts'
import { drawTicket, GROUPS } from './examples.ts'

/** Times as many as are shown, so that enough are left when copies are counted as one. */
const SPARE = 4

/**
 * Rows of `postings` (all of one feature, the strongest first) whose documents `exampleGroups` needs, so that it shows
 * the same as with all of them.
 */
export function candidateDocuments(
  postings: Postings,
  { feature, max }: Pick<FeatureStatistics, 'feature' | 'max'>,
): Set<number> {
  const chosen = new Set<number>()
  for (const document of postings.document) {
    if (chosen.size >= GROUPS.top * SPARE) break
    chosen.add(document)
  }
  const { document, position, value } = postings
  const tickets = new Uint32Array(value.length)
  const lowest = (seed: number, count: number, among: (row: number) => boolean): void => {
    const rows = Uint32Array.from(value.keys()).filter(among)
    for (const row of rows) tickets[row] = drawTicket(seed, feature, document[row], position[row])
    rows.sort((a, b) => tickets[a] - tickets[b])
    const drawn = new Set<number>()
    for (const row of rows) {
      if (drawn.size >= count * SPARE) break
      drawn.add(document[row])
    }
    for (const one of drawn) chosen.add(one)
  }
  lowest(GROUPS.seed, GROUPS.random, () => true)
  for (let interval = 0; interval < INTERVALS; interval += 1) {
    lowest(GROUPS.seed + 1 + interval, GROUPS.perInterval, (row) => intervalOf(value[row], max) === interval)
  }
  return chosen
}

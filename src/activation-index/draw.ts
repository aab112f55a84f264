// Which firings of a feature are examples of it. Draws are by tickets that are the same everywhere, so that an index
// that keeps only some documents shows what the whole one would.
import { intervalOf } from './feature-statistics.ts'
import { INTERVALS } from './manifest.ts'
import type { FeatureStatistics, Postings } from './types.ts'

/** Examples of each group: SAEDashboard's numbers, and some drawn of all. */
export const GROUPS = { top: 20, perInterval: 5, random: 10 } as const
const SEED = 20260901

/** Documents of a feature: those of its strongest firings, of firings drawn of all, and drawn of each interval. */
export interface DocumentChoice {
  top: number
  random: number
  perInterval: number
}

/** Four times what is shown, so that enough are left when copies are counted as one. */
export const CANDIDATES: DocumentChoice = {
  top: 4 * GROUPS.top,
  random: 4 * GROUPS.random,
  perInterval: 4 * GROUPS.perInterval,
}

/** Place of a firing among all that may be drawn (undefined), or among those of one interval: the lowest are taken. */
export function drawTicket(
  interval: number | undefined,
  feature: number,
  document: number,
  position: number,
): number {
  const seed = interval === undefined ? SEED : SEED + 1 + interval
  return ticketOf(seed ^ position, feature, document)
}

/** A number that looks random but is the same everywhere: MurmurHash3's finalizer over the three. */
export function ticketOf(seed: number, feature: number, document: number): number {
  let hash = seed | 0
  for (const part of [feature, document]) {
    hash = Math.imul(hash ^ part, 0x9e3779b1)
    hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b)
    hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35)
    hash ^= hash >>> 16
  }
  return hash >>> 0
}

/** Documents that examples are taken from, with their copies; `postings` are all of one feature, the strongest first. */
export function chosenDocuments(
  postings: Postings,
  { feature, max }: Pick<FeatureStatistics, 'feature' | 'max'>,
  choice: DocumentChoice,
): Set<number> {
  const { document, position, value } = postings
  const chosen = new Set<number>()
  for (const one of document) {
    if (chosen.size >= choice.top) break
    chosen.add(one)
  }
  const tickets = new Uint32Array(value.length)
  const draw = (interval: number | undefined, count: number): void => {
    const rows = Uint32Array.from(value.keys()).filter(
      (row) => interval === undefined || intervalOf(value[row], max) === interval,
    )
    for (const row of rows) tickets[row] = drawTicket(interval, feature, document[row], position[row])
    rows.sort((a, b) => tickets[a] - tickets[b])
    const drawn = new Set<number>()
    for (const row of rows) {
      if (drawn.size >= count) break
      drawn.add(document[row])
    }
    for (const one of drawn) chosen.add(one)
  }
  draw(undefined, choice.random)
  for (let interval = 0; interval < INTERVALS; interval += 1) draw(interval, choice.perInterval)
  addAlike(chosen, postings)
  return chosen
}

/**
 * Adds the documents in which the feature does exactly what it does in a chosen one: all copies of that are among them,
 * so that they are counted, and the same one of them stands for all however many were chosen.
 */
function addAlike(chosen: Set<number>, { document, position, value }: Postings): void {
  const bits = new Uint32Array(value.buffer, value.byteOffset, value.length)
  const prints = new Map<number, number>()
  for (let row = 0; row < document.length; row += 1) {
    prints.set(document[row], ticketOf(prints.get(document[row]) ?? 0, position[row], bits[row]))
  }
  const wanted = new Set<number>()
  for (const one of chosen) wanted.add(prints.get(one) ?? 0)
  for (const [one, print] of prints) if (wanted.has(print)) chosen.add(one)
}

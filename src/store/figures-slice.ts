// What is known beyond the text of the features that are active on it, or on what it is compared with: asked for once
// a run and index, when it is used.
import type { IndexInfo } from '../engine/protocol.ts'
import type { BeyondTwo } from '../lib/compare.ts'
import { toUserError } from '../lib/errors.ts'
import type { FeatureFigure } from '../lib/feature-columns.ts'
import type { SparseRows } from '../lib/sparse-rows.ts'
import { comparisonOf } from './compare-slice.ts'
import { openIndex } from './indexed-slice.ts'
import type { AppState, Known, Slice } from './types.ts'

/** Figures by feature; features that nothing is known of have none. */
export type Figures = ReadonlyMap<number, FeatureFigure>

interface FiguresAsked {
  of: SparseRows
  index: IndexInfo | undefined
  known: Known<Figures>
}

export interface FiguresSlice {
  /** Of the features of one run, by one index or by what the source publishes. */
  figures: FiguresAsked | undefined
  /** The same of the run that the shown one is compared with, by its own source. */
  comparedFigures: FiguresAsked | undefined
  /** Asks for the figures of the shown features unless they are here or on their way. */
  loadFigures(): Promise<void>
  /** The same of the run that the shown one is compared with. */
  loadComparedFigures(): Promise<void>
}

type Side = 'figures' | 'comparedFigures'

export const figuresSlice: Slice<FiguresSlice> = (set, get, { client }) => {
  async function load(side: Side): Promise<void> {
    const of = runOf(get(), side)?.features
    if (!of) return
    // Which index there is may still be being looked for.
    await get().loadIndex()
    const before = knownOf(get(), side)
    const run = runOf(get(), side)
    if (run?.features !== of || before === 'loading' || (before && 'value' in before)) return
    const index = openIndex(get())
    const tell = (known: Known<Figures>): void => set({ [side]: { of, index, known } })
    tell('loading')
    const latest = (): boolean => get()[side]?.of === of && get()[side]?.index === index
    try {
      const features = [...new Set(of.indices)]
      const { density, max } = await client.featureFigures(features, { place: run.place })
      const known = features
        .map((feature, at): [number, FeatureFigure] => [feature, { density: density[at], max: max[at] }])
        .filter(([, figure]) => !Number.isNaN(figure.density) || !Number.isNaN(figure.max))
      if (latest()) tell({ value: new Map(known) })
    } catch (thrown) {
      if (latest()) tell({ error: toUserError(thrown) })
    }
  }

  return {
    figures: undefined,
    comparedFigures: undefined,
    loadFigures: () => load('figures'),
    loadComparedFigures: () => load('comparedFigures'),
  }
}

/** What figures depend on. */
type FiguresState = Pick<
  AppState,
  'figures' | 'comparedFigures' | 'shown' | 'comparison' | 'route' | 'choice' | 'index' | 'sae'
>

/** What was asked of the shown run with the index that is open now. */
export function figuresOf(state: FiguresState): Known<Figures> | undefined {
  return knownOf(state, 'figures')
}

/** What was asked of the run that the shown one is compared with. */
export function comparedFiguresOf(state: FiguresState): Known<Figures> | undefined {
  return knownOf(state, 'comparedFigures')
}

/** What is known of both sides of a comparison; of the first alone while the other has not run. */
export function sidesOf(state: FiguresState): (Known<Figures> | undefined)[] {
  const first = figuresOf(state)
  return runOf(state, 'comparedFigures') ? [first, comparedFiguresOf(state)] : [first]
}

/** What is left out above a density on each side: nothing until both are known, so that none is left out of one alone. */
export function beyondOfTwo(
  sides: readonly (Known<Figures> | undefined)[],
  dense: number | undefined,
): BeyondTwo {
  const known = sides.map((side) => (side && side !== 'loading' && 'value' in side ? side.value : undefined))
  const [first, second] = known.includes(undefined) ? [] : known
  return { first: { figures: first, dense }, second: { figures: second, dense } }
}

function knownOf(state: FiguresState, side: Side): Known<Figures> | undefined {
  const asked = state[side]
  const isSame = asked && asked.of === runOf(state, side)?.features && asked.index === openIndex(state)
  return isSame ? asked.known : undefined
}

/** `place`: where its source is another than the open one. */
function runOf(state: FiguresState, side: Side): { features: SparseRows; place?: string } | undefined {
  if (side === 'figures') return state.shown?.result
  const comparison = comparisonOf(state)
  return comparison?.status === 'ready' ? comparison.value : undefined
}

// What is known beyond the text of the features that are active on it: asked for once a run and index, when it is used.
import type { IndexInfo } from '../engine/protocol.ts'
import { toUserError } from '../lib/errors.ts'
import type { FeatureFigure } from '../lib/feature-columns.ts'
import type { SparseRows } from '../lib/sparse-rows.ts'
import { openIndex } from './indexed-slice.ts'
import type { AppState, Known, Slice } from './types.ts'

/** Figures by feature; features that nothing is known of have none. */
export type Figures = ReadonlyMap<number, FeatureFigure>

export interface FiguresSlice {
  /** Of the features of one run, by one index or by what the source publishes. */
  figures: { of: SparseRows; index: IndexInfo | undefined; known: Known<Figures> } | undefined
  /** Asks for the figures of the shown features unless they are here or on their way. */
  loadFigures(): Promise<void>
}

export const figuresSlice: Slice<FiguresSlice> = (set, get, { client }) => ({
  figures: undefined,

  loadFigures: async () => {
    const of = get().shown?.result.features
    if (!of) return
    // Which index there is may still be being looked for.
    await get().loadIndex()
    const before = figuresOf(get())
    if (get().shown?.result.features !== of || before === 'loading' || (before && 'value' in before)) return
    const index = openIndex(get())
    const tell = (known: Known<Figures>): void => set({ figures: { of, index, known } })
    tell('loading')
    const latest = (): boolean => get().figures?.of === of && get().figures?.index === index
    try {
      const features = [...new Set(of.indices)]
      const { density, max } = await client.featureFigures(features)
      const known = features
        .map((feature, at): [number, FeatureFigure] => [feature, { density: density[at], max: max[at] }])
        .filter(([, figure]) => !Number.isNaN(figure.density) || !Number.isNaN(figure.max))
      if (latest()) tell({ value: new Map(known) })
    } catch (thrown) {
      if (latest()) tell({ error: toUserError(thrown) })
    }
  },
})

/** What was asked of the shown run with the index that is open now. */
export function figuresOf(
  state: Pick<AppState, 'figures' | 'shown' | 'index' | 'sae'>,
): Known<Figures> | undefined {
  const { figures, shown } = state
  const isSame = figures && figures.of === shown?.result.features && figures.index === openIndex(state)
  return isSame ? figures.known : undefined
}

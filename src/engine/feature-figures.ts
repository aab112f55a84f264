// How often features fire and how high they get: two columns of the index, or two published arrays, and nothing else.
import type { ActivationIndex } from '../activation-index/reader.ts'
import { publishedStatistic } from './feature.ts'
import type { FeatureFigures } from './index-results.ts'
import type { SaeFiles } from './sae-files.ts'

/** [dSae] columns; undefined where nothing is known of any feature. */
interface FigureColumns {
  density: Float32Array | undefined
  max: Float32Array | undefined
}

/** Keeps the columns of one source. */
export class KnownFigures {
  #known: { files: SaeFiles; index: ActivationIndex | undefined; columns: Promise<FigureColumns> } | undefined

  /** Those of `features`, in their order: of the index where there is one, else as the source publishes them. */
  async of(
    features: readonly number[],
    files: SaeFiles,
    index: ActivationIndex | undefined,
    signal: AbortSignal,
  ): Promise<FeatureFigures> {
    if (this.#known?.files !== files || this.#known.index !== index) {
      const columns = readColumns(files, index, signal)
      this.#known = { files, index, columns }
      columns.catch(() => {
        if (this.#known?.columns === columns) this.#known = undefined
      })
    }
    return figuresOf(await this.#known.columns, features)
  }
}

/** Figures of a source that is looked at beside the open one: nothing of it is kept. */
export async function readFigures(
  features: readonly number[],
  files: SaeFiles,
  index: ActivationIndex | undefined,
  signal: AbortSignal,
): Promise<FeatureFigures> {
  return figuresOf(await readColumns(files, index, signal), features)
}

async function readColumns(
  files: SaeFiles,
  index: ActivationIndex | undefined,
  signal: AbortSignal,
): Promise<FigureColumns> {
  if (!index) {
    const [density, max] = await Promise.all([
      publishedStatistic(files, files.row?.density, signal),
      publishedStatistic(files, files.row?.maxActivation, signal),
    ])
    return { density, max }
  }
  const { count, max } = await index.columns(['count', 'max'])
  const { countedTokens } = index.manifest
  return { density: Float32Array.from(count, (times) => times / countedTokens), max }
}

/** Figures of single features; one that never fires has no highest activation. */
export function figuresOf({ density, max }: FigureColumns, features: readonly number[]): FeatureFigures {
  const highest = features.map((feature) => max?.[feature] ?? Number.NaN)
  return {
    density: Float32Array.from(features, (feature) => density?.[feature] ?? Number.NaN),
    max: Float32Array.from(highest, (value) => (value > 0 ? value : Number.NaN)),
  }
}

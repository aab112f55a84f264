// The engine's calls on features of the open source that its weights answer.
import { describeFeature, nearestFeatures, promotedTokens, requireFeature } from './feature.ts'
import { featureMapOf } from './feature-map.ts'
import type { Labelling } from './labelling.ts'
import type { Dashboard, FeatureMap, SimilarFeature, SourceStatistics, TokenLogit } from './protocol.ts'
import type { Session } from './session.ts'
import { statisticsOf } from './source-statistics.ts'
import type { TaskContext } from './tasks.ts'

export class FeatureCalls {
  readonly #session: Session
  readonly #labelling: Labelling

  constructor(session: Session, labelling: Labelling) {
    this.#session = session
    this.#labelling = labelling
  }

  /** One feature's page, as far as weights and labels tell it. */
  async dashboard(index: number, context: TaskContext): Promise<Dashboard> {
    const sae = await this.#session.requireSae(context)
    requireFeature(index, sae)
    const labels = new Map(await this.#labelling.primary())
    const { modelFiles } = this.#session
    const may = modelFiles && this.#session.mayReadVocabulary(modelFiles)
    const model = may ? await this.#session.lensModel(modelFiles) : undefined
    return describeFeature(index, this.#session.requireSaeFiles(), sae, model, labels.get(index), context)
  }

  /** The `k` features whose decoder rows are nearest to that of `index` by cosine. */
  async similar(index: number, k: number, context: TaskContext): Promise<SimilarFeature[]> {
    return nearestFeatures(index, k, await this.#session.requireSae(context), context)
  }

  /** The `k` tokens whose logits each feature raises most; empty where the vocabulary may not be read unasked. */
  async promoted(indices: number[], k: number, context: TaskContext): Promise<TokenLogit[][]> {
    const sae = await this.#session.requireSae(context)
    const files = this.#session.requireModelFiles()
    if (!this.#session.mayReadVocabulary(files)) return indices.map(() => [])
    const model = await this.#session.lensModel(files)
    return promotedTokens(indices, k, this.#session.requireSaeFiles(), sae, model, context)
  }

  /** Distributions over all features of the open SAE, read from its file. */
  statistics(context: TaskContext): Promise<SourceStatistics> {
    return statisticsOf(this.#session.requireSaeFiles(), context)
  }

  /** The features of the open SAE in two dimensions. */
  map(context: TaskContext): Promise<FeatureMap> {
    return featureMapOf(this.#session.requireSaeFiles(), context)
  }
}

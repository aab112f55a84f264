// What is open, as files and as instances: files stay open by reference, instances are made when they are needed and
// dropped when the backend changes or the GPU is lost.

import type { Hub } from '../hub/hub.ts'
import { UserError } from '../lib/errors.ts'
import { unembeddingShare } from '../lib/gpu-budget.ts'
import type { WeightPrecision } from '../lib/weight-precision.ts'
import { type GemmaModel, openModel } from '../model/forward.ts'
import { GpuUnembedding } from '../model/gpu-unembedding.ts'
import { openSae, type Sae } from '../sae/sae.ts'
import type { LensModel } from './feature.ts'
import type { Hardware } from './hardware.ts'
import { type ModelFiles, weightCacheOf } from './model-files.ts'
import { ModelRuns } from './model-runs.ts'
import { usualPrecision } from './plan.ts'
import type { SaeFiles } from './sae-files.ts'
import type { TaskContext } from './tasks.ts'

export class Session {
  /** Activations of the last text. */
  readonly runs = new ModelRuns()
  readonly #hardware: Hardware
  readonly #hub: Hub
  readonly #onSae: () => void
  #modelFiles: ModelFiles | undefined
  #model: { model: GemmaModel; precision: WeightPrecision } | undefined
  #unembedding: GpuUnembedding | undefined
  #vocabularyAsked: ModelFiles | undefined
  #saeFiles: SaeFiles | undefined
  #sae: Sae | undefined

  /** `onSae` is called when an SAE's weights are in place. */
  constructor(hardware: Hardware, hub: Hub, onSae: () => void) {
    this.#hardware = hardware
    this.#hub = hub
    this.#onSae = onSae
  }

  /** The open model's files, or none. */
  get modelFiles(): ModelFiles | undefined {
    return this.#modelFiles
  }

  get saeFiles(): SaeFiles | undefined {
    return this.#saeFiles
  }

  /** The SAE's weights as they are in place now, or none. */
  get saeInPlace(): Sae | undefined {
    return this.#sae
  }

  /** The model as it is in place now, or none. */
  get modelInPlace(): { model: GemmaModel; precision: WeightPrecision } | undefined {
    return this.#model
  }

  /** Whether a model and an SAE may run on the CPU, for all that was chosen. */
  get mayUseCpu(): boolean {
    const { model, sae } = this.#hardware.choice
    return model !== 'webgpu' && sae !== 'webgpu'
  }

  requireModelFiles(): ModelFiles {
    if (this.#modelFiles) return this.#modelFiles
    throw new UserError({
      title: 'No model is open.',
      detail: 'This needs a model.',
      remedy: 'Open one first.',
    })
  }

  requireSaeFiles(): SaeFiles {
    if (this.#saeFiles) return this.#saeFiles
    throw new UserError({ title: 'No SAE is open.', detail: 'This needs an SAE.', remedy: 'Open one first.' })
  }

  takeModel(files: ModelFiles): void {
    this.disposeModel()
    this.#modelFiles = files
  }

  /** Puts the SAE in place before the old one is let go, so that a failure leaves that one open. */
  async takeSae(files: SaeFiles, context: TaskContext): Promise<Sae> {
    const sae = await this.#instantiateSae(files, context)
    try {
      // A large file is checked as a whole once all of it has been read: it may have been found wrong just now.
      await files.arrays.get('b_dec')?.readFloat32(0, 1, context.signal)
    } catch (error) {
      sae.dispose()
      throw error
    }
    this.disposeSae()
    this.#saeFiles = files
    this.#sae = sae
    this.#onSae()
    return sae
  }

  /** Closes the open SAE if its file can no longer be read because of `error`; false if it is another's. */
  async withdrawSae(error: unknown): Promise<boolean> {
    const files = this.#saeFiles
    const bias = files?.arrays.get('b_dec')
    const reason = await bias?.readFloat32(0, 1).then(
      () => undefined,
      (thrown: unknown) => thrown,
    )
    if (reason !== error || files !== this.#saeFiles) return false
    this.disposeSae()
    this.#saeFiles = undefined
    return true
  }

  async requireModel(): Promise<GemmaModel> {
    const files = this.requireModelFiles()
    if (!this.#model) {
      const { config, weights } = files
      const backend = (await this.#hardware.backends()).model
      const device = backend === 'webgpu' ? (await this.#hardware.gpu())?.device : undefined
      const asked = this.#hardware.choice.weights
      const precision = asked === 'auto' ? usualPrecision(config) : asked
      const cache = weightCacheOf(files, this.#hub)
      this.#model = { model: openModel({ config, weights, backend, device, precision, cache }), precision }
    }
    return this.#model.model
  }

  /** Lets logits read the whole embedding of a model of the hub from now on: somebody has asked for them. */
  askForVocabulary(): void {
    this.#vocabularyAsked = this.#modelFiles
  }

  /** Whether logits may be computed unasked: a hub's embedding is a gigabyte. */
  mayReadVocabulary(files: ModelFiles): boolean {
    return this.#vocabularyAsked === files || weightCacheOf(files, this.#hub) === undefined
  }

  /** The model with its embedding on the GPU where the model runs there; nothing is read for it yet. */
  async lensModel(files: ModelFiles): Promise<LensModel> {
    const { model } = await this.#hardware.backends()
    const device = model === 'webgpu' ? (await this.#hardware.gpu())?.device : undefined
    // Another model may have been opened meanwhile.
    if (!device || files !== this.#modelFiles) return { ...files, unembedding: undefined }
    this.#unembedding ??= new GpuUnembedding(device, files.weights, files.config, {
      budgetBytes: unembeddingShare(this.#hardware.choice.gpuBudget),
    })
    return { ...files, unembedding: this.#unembedding }
  }

  async requireSae(context: TaskContext): Promise<Sae> {
    if (!this.#sae) {
      this.#sae = await this.#instantiateSae(this.requireSaeFiles(), context)
      this.#onSae()
    }
    return this.#sae
  }

  /** An SAE in place for `use`; the open one if it is that. */
  async withSae<T>(files: SaeFiles, use: (sae: Sae) => Promise<T>, context: TaskContext): Promise<T> {
    const open = this.#saeFiles
    if (open && open.repo === files.repo && open.path === files.path)
      return use(await this.requireSae(context))
    const sae = await this.#instantiateSae(files, context)
    try {
      return await use(sae)
    } finally {
      sae.dispose()
    }
  }

  disposeModel(): void {
    this.runs.clear()
    this.#model?.model.dispose()
    this.#model = undefined
    this.#unembedding?.destroy()
    this.#unembedding = undefined
  }

  disposeSae(): void {
    this.#sae?.dispose()
    this.#sae = undefined
  }

  disposeInstances(): void {
    this.disposeModel()
    this.disposeSae()
  }

  async #instantiateSae(files: SaeFiles, context: TaskContext): Promise<Sae> {
    const { precision, gpuBudget } = this.#hardware.choice
    const kind = (await this.#hardware.backends()).sae
    const options = { kind, activation: files.activation, ...context }
    const gpu = kind === 'webgpu' ? await this.#hardware.gpu() : undefined
    if (!gpu) return openSae(files.arrays, files.path, options)
    const budgetBytes = gpuBudget - unembeddingShare(gpuBudget)
    const tiles = await this.#hardware.tiles(gpu)
    return openSae(files.arrays, files.path, { ...options, gpu, precision, budgetBytes, tiles })
  }
}

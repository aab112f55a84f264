// The engine's state and calls: what is open, on which backend, and how a call is answered.
// Opening replaces what it names only when the new thing is ready; backends are instantiated on demand.
import { type CatalogueRow, parseCatalogue } from '../hub/catalogue.ts'
import { parseJson } from '../hub/file-set.ts'
import { Hub } from '../hub/hub.ts'
import { parsePublicCatalogue } from '../hub/public-catalogue.ts'
import { UserError } from '../lib/errors.ts'
import { unembeddingShare } from '../lib/gpu-budget.ts'
import { parseHook } from '../lib/hook.ts'
import type { HubSettings } from '../lib/hub-settings.ts'
import type { SparseRows } from '../lib/sparse-rows.ts'
import type { StorageState } from '../lib/storage-state.ts'
import { type GemmaModel, openModel } from '../model/forward.ts'
import { GpuUnembedding } from '../model/gpu-unembedding.ts'
import { openSae, type Sae } from '../sae/sae.ts'
import { GivenActivations } from './activations.ts'
import { denseFile } from './export.ts'
import { describeFeature, type LensModel, promotedTokens, readLabels } from './feature.ts'
import { requireFit } from './fit.ts'
import { Hardware } from './hardware.ts'
import { identify } from './identify.ts'
import { describeModel, type ModelFiles, openModelFiles } from './model-files.ts'
import type {
  ActivationsInfo,
  BackendChoice,
  Backends,
  CatalogueEntry,
  Dashboard,
  Label,
  Opened,
  OpenedAny,
  OpenOptions,
  RunInput,
  RunResult,
  SourceStatistics,
  Tokenized,
  TokenLogit,
} from './protocol.ts'
import { type Explained, explain, type Prepared, prepareText, toIds } from './run.ts'
import { openSaeFiles, type SaeFiles } from './sae-files.ts'
import { activationRows, describeSae } from './sae-info.ts'
import { statisticsOf } from './source-statistics.ts'
import type { TaskContext } from './tasks.ts'

export interface EngineListeners {
  onBackends(backends: Backends): void
  /** Told why downloads are not kept, when that begins. */
  onStorageNotice(notice: string): void
}

const NO_ACTIVATIONS = {
  title: 'No activations are open.',
  detail: 'This needs a file of activations.',
  remedy: 'Open one first.',
}

export class Engine {
  readonly #hub: Hub
  readonly #hardware: Hardware
  readonly #tellBackends: () => Promise<void>
  #catalogue: Promise<CatalogueRow[]> | undefined
  #publicCatalogue: Promise<CatalogueEntry[]> | undefined
  #modelFiles: ModelFiles | undefined
  #model: GemmaModel | undefined
  #unembedding: GpuUnembedding | undefined
  #saeFiles: SaeFiles | undefined
  #sae: Sae | undefined
  #labels: Promise<[number, Label][]> | undefined
  #activations: GivenActivations | undefined

  /** `hubBase` is the address of the bundled hub, ending in "/". */
  constructor(hubBase: string, { onBackends, onStorageNotice }: EngineListeners) {
    this.#hub = new Hub(hubBase, { onNotice: onStorageNotice })
    this.#tellBackends = async () => onBackends(await this.backends())
    this.#hardware = new Hardware(() => {
      this.#disposeInstances()
      void this.#tellBackends()
    })
  }

  async backends(): Promise<Backends> {
    const backends = await this.#hardware.backends()
    const sae = this.#sae
    return sae ? { ...backends, weights: { precision: sae.precision, ...sae.memory } } : backends
  }

  async setBackends(choice: BackendChoice): Promise<Backends> {
    const chosen = this.#hardware.choice
    const before = await this.#hardware.backends()
    const after = await this.#hardware.choose(choice)
    const replaced = chosen.gpuBudget !== choice.gpuBudget || chosen.precision !== choice.precision
    if (before.model !== after.model || chosen.gpuBudget !== choice.gpuBudget) this.#disposeModel()
    if (before.sae !== after.sae || (replaced && after.sae === 'webgpu')) this.#disposeSae()
    return this.backends()
  }

  /** Where repositories are fetched from, from now on; what is open stays open. */
  setHub(settings: HubSettings): void {
    this.#hub.configure(settings)
  }

  storage(): Promise<StorageState> {
    return this.#hub.storage()
  }

  deleteStored(keys: readonly string[]): Promise<StorageState> {
    return this.#hub.deleteStored(keys)
  }

  /** The bundled SAEs; fetched once, again after a failure. */
  catalogue(): Promise<CatalogueRow[]> {
    this.#catalogue ??= this.#readBundled(
      'catalogue.json',
      'The bundled model is missing.',
      parseCatalogue,
    ).catch((error) => {
      this.#catalogue = undefined
      throw error
    })
    return this.#catalogue
  }

  /** Every SAE of Gemma Scope and Gemma Scope 2; fetched once, again after a failure. */
  publicCatalogue(): Promise<CatalogueEntry[]> {
    this.#publicCatalogue ??= this.#readBundled(
      'public-catalogue.json',
      'The list of public SAEs is missing.',
      parsePublicCatalogue,
    ).catch((error) => {
      this.#publicCatalogue = undefined
      throw error
    })
    return this.#publicCatalogue
  }

  async open(options: OpenOptions, context: TaskContext): Promise<Opened> {
    const opened: Opened = {}
    const model =
      options.model === undefined ? undefined : await openModelFiles(options.model, this.#hub, context.signal)
    if (options.sae !== undefined) {
      const catalogue = typeof options.sae === 'string' ? await this.catalogue() : []
      const catalogues = { bundled: catalogue, published: () => this.publicCatalogue() }
      const files = await openSaeFiles(options.sae, catalogues, this.#hub, context.signal)
      const sae = await this.#instantiateSae(files, context)
      this.#disposeSae()
      this.#saeFiles = files
      this.#sae = sae
      this.#labels = undefined
      void this.#tellBackends()
      opened.sae = describeSae(files, sae)
    }
    if (model) {
      this.#disposeModel()
      this.#modelFiles = model
      opened.model = describeModel(model)
    }
    return opened
  }

  /** Opens whatever `asked` turns out to be. */
  async openAny(asked: string | File[], context: TaskContext): Promise<OpenedAny> {
    const kind = identify(await this.#hub.locate(asked, context.signal), context.signal)
    switch (await kind) {
      case 'sae':
        return { kind: 'weights', opened: await this.open({ sae: asked }, context) }
      case 'model':
        return { kind: 'weights', opened: await this.open({ model: asked }, context) }
      case 'activations':
        return { kind: 'activations', activations: await this.openActivations(asked, context) }
    }
  }

  tokenize(text: string): Tokenized {
    const { tokenizer } = this.#requireModelFiles()
    const { ids } = toIds(text, tokenizer, Number.POSITIVE_INFINITY)
    return { ids, tokens: ids.map((id) => tokenizer?.piece(id) ?? String(id)) }
  }

  async activations(input: string | number[], name: string, context: TaskContext) {
    const files = this.#requireModelFiles()
    const hook = parseHook(name)?.hook
    if (!hook) {
      throw new UserError({
        title: `There is no hook "${name}".`,
        detail: 'Hooks are blocks.L.hook_resid_post, .attn.hook_z, .hook_mlp_out and .ln2.hook_normalized.',
        remedy: `Use one of these with a layer from 0 to ${files.config.numHiddenLayers - 1}.`,
      })
    }
    const { ids } = toIds(input, files.tokenizer, Number.POSITIVE_INFINITY)
    const model = await this.#requireModel()
    const output = (await model.forward(ids, [hook], context)).get(hook)
    if (!output) throw new Error(`the model gave no output for ${hook}`)
    const shape: [number, number] = [output.rows, output.width]
    if (output.location === 'cpu') return { shape, data: output.data }
    try {
      return { shape, data: await output.download() }
    } finally {
      output.release()
    }
  }

  async encode(data: Float32Array, rows: number, context: TaskContext): Promise<SparseRows> {
    const sae = await this.#requireSae(context)
    return sae.encode(activationRows(data, rows, sae), context.signal)
  }

  async decode(
    sparse: SparseRows,
    activations: Float32Array | undefined,
    context: TaskContext,
  ): Promise<Float32Array> {
    const sae = await this.#requireSae(context)
    const x = activations && activationRows(activations, sparse.rows, sae)
    return sae.decode(sparse, { x, signal: context.signal })
  }

  run(input: string | number[], context: TaskContext): Promise<RunResult> {
    return this.#explained(input, context, async (_, { result }) => result)
  }

  async openActivations(asked: string | File[], context: TaskContext): Promise<ActivationsInfo> {
    const opened = await GivenActivations.open(asked, this.#hub, context.signal)
    const info = await opened.describe(this.#saeFiles?.hookIn, context.signal)
    this.#activations = opened
    return info
  }

  runActivations(sequence: number, context: TaskContext): Promise<RunResult> {
    return this.#explained({ sequence }, context, async (_, { result }) => result)
  }

  closeActivations(): void {
    this.#activations = undefined
  }

  exportDense(input: RunInput, context: TaskContext): Promise<Uint8Array<ArrayBuffer>> {
    const { source, model } = this.#requireSaeFiles()
    return this.#explained(input, context, (prepared, explained) =>
      denseFile(prepared, explained, { source, model: this.#modelFiles?.id ?? model }),
    )
  }

  /** Runs `input` and gives what came of it to `use`, after which the activations are let go. */
  async #explained<T>(
    input: RunInput,
    context: TaskContext,
    use: (prepared: Prepared, explained: Explained) => Promise<T>,
  ): Promise<T> {
    const prepared = await this.#prepare(input, context)
    try {
      const sae = await this.#requireSae(context)
      return await use(prepared, await explain(prepared, sae, await this.backends(), context))
    } finally {
      prepared.release()
    }
  }

  async #prepare(input: RunInput, context: TaskContext): Promise<Prepared> {
    if (typeof input === 'object' && 'sequence' in input) {
      if (!this.#activations) throw new UserError(NO_ACTIVATIONS)
      const { hookIn, hookOut, source } = this.#requireSaeFiles()
      const { dIn, dOut } = await this.#requireSae(context)
      const sae = { hookIn, hookOut, source, dIn, dOut }
      return this.#activations.prepare(input.sequence, sae, this.#modelFiles, context.signal)
    }
    const { config, tokenizer } = this.#requireModelFiles()
    const hooks = requireFit(this.#requireSaeFiles(), this.#requireModelFiles())
    await this.#requireSae(context)
    const model = await this.#requireModel()
    const contextLength = config.maxPositionEmbeddings
    return prepareText(input, { model, tokenizer, ...hooks, contextLength }, context)
  }

  async feature(index: number, context: TaskContext): Promise<Dashboard> {
    const sae = await this.#requireSae(context)
    if (!Number.isSafeInteger(index) || index < 0 || index >= sae.dSae) {
      throw new UserError({
        title: `There is no feature ${index}.`,
        detail: `This source has ${sae.dSae} features, 0 to ${sae.dSae - 1}.`,
        remedy: 'Choose an index in this range.',
      })
    }
    const labels = new Map(await this.labels())
    const model = this.#modelFiles && (await this.#lensModel(this.#modelFiles))
    return describeFeature(index, this.#requireSaeFiles(), sae, model, labels.get(index), context)
  }

  async promoted(indices: number[], k: number, context: TaskContext): Promise<TokenLogit[][]> {
    const sae = await this.#requireSae(context)
    const model = await this.#lensModel(this.#requireModelFiles())
    return promotedTokens(indices, k, this.#requireSaeFiles(), sae, model, context)
  }

  labels(): Promise<[number, Label][]> {
    const files = this.#requireSaeFiles()
    this.#labels ??= readLabels(files)
    return this.#labels
  }

  /** Distributions over all features of the open SAE, read from its file. */
  sourceStatistics(context: TaskContext): Promise<SourceStatistics> {
    return statisticsOf(this.#requireSaeFiles(), context)
  }

  /** A list beside the page, checked by its reader; `missing` is the title of the error without it. */
  async #readBundled<T>(
    file: string,
    missing: string,
    parse: (json: unknown, name: string) => T,
  ): Promise<T> {
    const name = `featurescope/${file}`
    const text = await this.#hub.bundled('').text(name)
    if (text) return parse(parseJson(text, name), name)
    throw new UserError({
      title: missing,
      detail: `There is no ${name} in ${this.#hub.bundled('').name}.`,
      remedy: 'Copy the whole build folder to the host, with its hub/ folder.',
    })
  }

  #requireModelFiles(): ModelFiles {
    if (this.#modelFiles) return this.#modelFiles
    throw new UserError({
      title: 'No model is open.',
      detail: 'This needs a model.',
      remedy: 'Open one first.',
    })
  }

  #requireSaeFiles(): SaeFiles {
    if (this.#saeFiles) return this.#saeFiles
    throw new UserError({ title: 'No SAE is open.', detail: 'This needs an SAE.', remedy: 'Open one first.' })
  }

  async #requireModel(): Promise<GemmaModel> {
    const { config, weights } = this.#requireModelFiles()
    if (!this.#model) {
      const backend = (await this.#hardware.backends()).model
      const device = backend === 'webgpu' ? (await this.#hardware.gpu())?.device : undefined
      this.#model = openModel({ config, weights, backend, device })
    }
    return this.#model
  }

  /** The model with its embedding on the GPU where the model runs there; nothing is read for it yet. */
  async #lensModel(files: ModelFiles): Promise<LensModel> {
    const { model } = await this.#hardware.backends()
    const device = model === 'webgpu' ? (await this.#hardware.gpu())?.device : undefined
    // Another model may have been opened meanwhile.
    if (!device || files !== this.#modelFiles) return { ...files, unembedding: undefined }
    this.#unembedding ??= new GpuUnembedding(device, files.weights, files.config, {
      budgetBytes: unembeddingShare(this.#hardware.choice.gpuBudget),
    })
    return { ...files, unembedding: this.#unembedding }
  }

  async #requireSae(context: TaskContext): Promise<Sae> {
    if (!this.#sae) {
      this.#sae = await this.#instantiateSae(this.#requireSaeFiles(), context)
      void this.#tellBackends()
    }
    return this.#sae
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

  #disposeModel(): void {
    this.#model?.dispose()
    this.#model = undefined
    this.#unembedding?.destroy()
    this.#unembedding = undefined
  }

  #disposeSae(): void {
    this.#sae?.dispose()
    this.#sae = undefined
  }

  #disposeInstances(): void {
    this.#disposeModel()
    this.#disposeSae()
  }
}

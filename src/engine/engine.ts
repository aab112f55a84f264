// The engine's state and calls: what is open, on which backend, and how a call is answered.
// Opening replaces what it names only when the new thing is ready; backends are instantiated on demand.
import type { CatalogueRow } from '../hub/catalogue.ts'
import { Hub, type HubOptions } from '../hub/hub.ts'
import type { Contact } from '../lib/contact.ts'
import { toUserError, UserError } from '../lib/errors.ts'
import { type Hook, parseHook } from '../lib/hook.ts'
import type { HubSettings } from '../lib/hub-settings.ts'
import type { SparseRows } from '../lib/sparse-rows.ts'
import type { StorageState } from '../lib/storage-state.ts'
import { GivenActivations } from './activations.ts'
import { catalogueLists, type Lists } from './catalogues.ts'
import { denseFile } from './export.ts'
import { FeatureCalls } from './feature-calls.ts'
import { requireFit } from './fit.ts'
import { Hardware } from './hardware.ts'
import { identify } from './identify.ts'
import { IndexCalls } from './index-calls.ts'
import { Labelling } from './labelling.ts'
import { ModelCalls } from './model-calls.ts'
import { describeModel } from './model-files.ts'
import type {
  ActivationsInfo,
  BackendChoice,
  Backends,
  CatalogueEntry,
  LayersResult,
  ModelPlan,
  Opened,
  OpenedAny,
  OpenOptions,
  Predictions,
  RunInput,
  RunResult,
  Tokenized,
} from './protocol.ts'
import { type Explained, explain, type Prepared, toIds } from './run.ts'
import { openSaeFiles } from './sae-files.ts'
import { activationRows, describeSae } from './sae-info.ts'
import { Session } from './session.ts'
import { deleteResults, isResultKey, withResults } from './stored-indexes.ts'
import type { TaskContext } from './tasks.ts'

export interface EngineListeners extends Pick<HubOptions, 'onKeeping' | 'onWaiting' | 'onChecked'> {
  onBackends(backends: Backends): void
  /** Told why downloads are not kept, when that begins. */
  onStorageNotice(notice: string): void
  /** Told when a file that was in use is not the one its hub describes; `closed` when it was the open SAE's. */
  onWithdrawn?(error: UserError, closed: boolean): void
  /** Told when the GPU is lost, with all that was on it. */
  onGpuLost?(): void
}

const NO_ACTIVATIONS = {
  title: 'No activations are open.',
  detail: 'This needs a file of activations.',
  remedy: 'Open one first.',
}

export class Engine {
  readonly #hub: Hub
  readonly #lists: Lists
  readonly #hardware: Hardware
  readonly #session: Session
  readonly #modelCalls: ModelCalls
  /** Calls on the activation index of the open source. */
  readonly index: IndexCalls
  /** What is written about the open source's features. */
  readonly labelling: Labelling
  /** What the open source's weights tell of its features. */
  readonly features: FeatureCalls
  #activations: GivenActivations | undefined

  /** `hubBase` is the address of the bundled hub, ending in "/". */
  constructor(hubBase: string, listeners: EngineListeners) {
    const { onBackends, onStorageNotice, onWithdrawn, onGpuLost } = listeners
    this.#hub = new Hub(hubBase, {
      ...{ ...listeners, onNotice: onStorageNotice },
      onWithdrawn: async (error) => onWithdrawn?.(toUserError(error), await this.#session.withdrawSae(error)),
    })
    this.#lists = catalogueLists(this.#hub)
    const tellBackends = async (): Promise<void> => onBackends(await this.backends())
    this.#hardware = new Hardware(() => {
      onGpuLost?.()
      this.#session.disposeInstances()
      void tellBackends()
    })
    this.#session = new Session(this.#hardware, this.#hub, () => void tellBackends())
    this.#modelCalls = new ModelCalls({
      ...{ hub: this.#hub, lists: this.#lists, hardware: this.#hardware, session: this.#session },
      onHeld: () => void tellBackends(),
    })
    this.labelling = new Labelling({
      ...{ hub: this.#hub, session: this.#session },
      onChange: () => this.index.forgetTexts(),
    })
    this.features = new FeatureCalls(this.#session, this.labelling)
    this.index = new IndexCalls({
      ...{ hub: this.#hub, lists: this.#lists, session: this.#session },
      labels: () => this.labelling.all(),
      corpus: new URL('../corpus/public-domain.jsonl', hubBase).href,
    })
  }

  async backends(): Promise<Backends> {
    const backends = await this.#hardware.backends()
    const { saeInPlace: sae, modelInPlace } = this.#session
    const bytes = modelInPlace?.model.heldBytes() ?? 0
    return {
      ...backends,
      weights: sae && { precision: sae.precision, ...sae.memory },
      modelWeights: modelInPlace && bytes > 0 ? { precision: modelInPlace.precision, bytes } : undefined,
    }
  }

  async setBackends(choice: BackendChoice): Promise<Backends> {
    const chosen = this.#hardware.choice
    const before = await this.#hardware.backends()
    const after = await this.#hardware.choose(choice)
    const replaced = chosen.gpuBudget !== choice.gpuBudget || chosen.precision !== choice.precision
    const otherModel = before.model !== after.model || chosen.weights !== choice.weights
    if (otherModel || chosen.gpuBudget !== choice.gpuBudget) this.#session.disposeModel()
    if (before.sae !== after.sae || (replaced && after.sae === 'webgpu')) this.#session.disposeSae()
    return this.backends()
  }

  /** Where repositories are fetched from, from now on; what is open stays open. */
  setHub(settings: HubSettings): void {
    this.#hub.configure(settings)
    this.#modelCalls.forgetPlan()
  }

  async storage(): Promise<StorageState> {
    return withResults(await this.#hub.storage())
  }

  /** Hosts that were asked for anything in this visit. */
  contacts(): Contact[] {
    return this.#hub.contacts
  }

  async deleteStored(keys: readonly string[]): Promise<StorageState> {
    if (await deleteResults(keys)) this.index.forgetStored()
    return withResults(await this.#hub.deleteStored(keys.filter((key) => !isResultKey(key))))
  }

  /** The bundled SAEs. */
  catalogue(): Promise<CatalogueRow[]> {
    return this.#lists.bundled()
  }

  /** Every SAE of Gemma Scope and Gemma Scope 2. */
  publicCatalogue(): Promise<CatalogueEntry[]> {
    return this.#lists.published()
  }

  async open(options: OpenOptions, context: TaskContext): Promise<Opened> {
    const opened: Opened = {}
    const model =
      options.model === undefined ? undefined : await this.#modelCalls.open(options.model, context)
    if (options.sae !== undefined) {
      const files = await openSaeFiles(options.sae, this.#lists, this.#hub, context.signal)
      const sae = await this.#session.takeSae(files, context)
      opened.sae = describeSae(files, sae)
    }
    if (model) {
      this.#session.takeModel(model)
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
      case 'labels':
        return { kind: 'imported', report: await this.labelling.import(asked, false, context) }
    }
  }

  tokenize(text: string): Tokenized {
    const { tokenizer } = this.#session.requireModelFiles()
    const ids = toIds(text, tokenizer)
    return { ids, tokens: ids.map((id) => tokenizer?.piece(id) ?? String(id)) }
  }

  async activations(input: string | number[], name: string, context: TaskContext) {
    const files = this.#session.requireModelFiles()
    const hook = parseHook(name)?.hook
    if (!hook) {
      throw new UserError({
        title: `There is no hook "${name}".`,
        detail: 'Hooks are blocks.L.hook_resid_post, .attn.hook_z, .hook_mlp_out and .ln2.hook_normalized.',
        remedy: `Use one of these with a layer from 0 to ${files.config.numHiddenLayers - 1}.`,
      })
    }
    const output = await this.#modelCalls.activations(toIds(input, files.tokenizer), hook, context)
    const shape: [number, number] = [output.rows, output.width]
    if (output.location === 'cpu') return { shape, data: output.data }
    try {
      return { shape, data: await output.download() }
    } finally {
      output.release()
    }
  }

  async encode(data: Float32Array, rows: number, context: TaskContext): Promise<SparseRows> {
    const sae = await this.#session.requireSae(context)
    return sae.encode(activationRows(data, rows, sae), context.signal)
  }

  async decode(
    sparse: SparseRows,
    activations: Float32Array | undefined,
    context: TaskContext,
  ): Promise<Float32Array> {
    const sae = await this.#session.requireSae(context)
    const x = activations && activationRows(activations, sparse.rows, sae)
    return sae.decode(sparse, { x, signal: context.signal })
  }

  run(input: string | number[], context: TaskContext): Promise<RunResult> {
    return this.#explained(input, context, async (_, { result }) => result)
  }

  async openActivations(asked: string | File[], context: TaskContext): Promise<ActivationsInfo> {
    const opened = await GivenActivations.open(asked, this.#hub, context.signal)
    const info = await opened.describe(this.#session.saeFiles?.hookIn, context.signal)
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
    const { source, model } = this.#session.requireSaeFiles()
    return this.#explained(input, context, (prepared, explained) =>
      denseFile(prepared, explained, { source, model: this.#session.modelFiles?.id ?? model }),
    )
  }

  /** Runs `input` and gives what came of it to `use`. */
  async #explained<T>(
    input: RunInput,
    context: TaskContext,
    use: (prepared: Prepared, explained: Explained) => Promise<T>,
  ): Promise<T> {
    const prepared = await this.#prepare(input, context)
    const sae = await this.#session.requireSae(context)
    return use(prepared, await explain(prepared, sae, await this.backends(), context))
  }

  async #prepare(input: RunInput, context: TaskContext): Promise<Prepared> {
    if (typeof input === 'object' && 'sequence' in input) {
      if (!this.#activations) throw new UserError(NO_ACTIVATIONS)
      const { hookIn, hookOut, source } = this.#session.requireSaeFiles()
      const { dIn, dOut } = await this.#session.requireSae(context)
      const sae = { hookIn, hookOut, source, dIn, dOut }
      return this.#activations.prepare(input.sequence, sae, this.#session.modelFiles, context.signal)
    }
    const hooks = requireFit(this.#session.requireSaeFiles(), this.#session.requireModelFiles())
    await this.#session.requireSae(context)
    return this.#modelCalls.prepare(input, hooks, context)
  }

  planModel(asked: string | File[], hooks: Hook[], context: TaskContext): Promise<ModelPlan> {
    return this.#modelCalls.plan(asked, hooks, context)
  }

  runLayers(input: string | number[], sources: string[], context: TaskContext): Promise<LayersResult> {
    return this.#modelCalls.layers(input, sources, context)
  }

  predictions(
    input: string | number[],
    position: number,
    k: number,
    context: TaskContext,
  ): Promise<Predictions> {
    return this.#modelCalls.predictions(input, position, k, context)
  }
}

// The engine's calls that run the open model on a text, or say what that would take.
import type { Hub } from '../hub/hub.ts'
import type { Activations } from '../lib/activations.ts'
import { UserError } from '../lib/errors.ts'
import type { Hook } from '../lib/hook.ts'
import { MissingEmbeddings } from '../model/embedding-rows.ts'
import type { Lists } from './catalogues.ts'
import type { Hardware } from './hardware.ts'
import { runLayers } from './layers.ts'
import { type ModelFiles, openModelFiles, withTokenizer } from './model-files.ts'
import { planModel } from './plan.ts'
import { predict } from './predict.ts'
import type { LayersResult, ModelPlan, Predictions } from './protocol.ts'
import { type Prepared, prepareText, toWindows } from './run.ts'
import { openSaeFiles } from './sae-files.ts'
import type { Session } from './session.ts'
import type { TaskContext } from './tasks.ts'

interface ModelCallsOptions {
  hub: Hub
  lists: Lists
  hardware: Hardware
  session: Session
  /** Told when the model holds more or less than before. */
  onHeld(): void
}

/** Tokens named in an error. */
const MOST_NAMED = 12

export class ModelCalls {
  readonly #with: ModelCallsOptions
  /** Files looked at last, which are often opened next. */
  #planned: { asked: string; files: ModelFiles } | undefined

  constructor(options: ModelCallsOptions) {
    this.#with = options
  }

  /** Activations of a text at an SAE's hooks. */
  prepare(
    input: string | number[],
    hooks: { hookIn: Hook; hookOut: Hook },
    context: TaskContext,
  ): Promise<Prepared> {
    const { session } = this.#with
    const { config, tokenizer } = session.requireModelFiles()
    return this.#watched(async () => {
      const model = await session.requireModel()
      const windows = toWindows(input, tokenizer, config)
      return prepareText({ model, runs: session.runs, tokenizer, ...hooks, windows }, context)
    })
  }

  /** [ids.length, width] at one hook; a release is the caller's to do. */
  activations(ids: readonly number[], hook: Hook, context: TaskContext): Promise<Activations> {
    return this.#watched(async () => {
      const model = await this.#with.session.requireModel()
      const output = (await model.forward(ids, [hook], context)).get(hook)
      if (!output) throw new Error(`the model gave no output for ${hook}`)
      return output
    })
  }

  /** Opens a model's files; what a plan has read of them is not read again. */
  async open(asked: string | File[], { signal }: TaskContext): Promise<ModelFiles> {
    const planned = this.#planned
    this.#planned = undefined
    if (planned && planned.asked === asked) return withTokenizer(planned.files, signal)
    return openModelFiles(asked, this.#with.hub, signal)
  }

  /** Lets go of what was planned: the hub has become another. */
  forgetPlan(): void {
    this.#planned = undefined
  }

  /** Reads a model's configuration and headers; the open one stays open. */
  async plan(asked: string | File[], hooks: Hook[], { signal }: TaskContext): Promise<ModelPlan> {
    const { hub, hardware, session } = this.#with
    const known = session.modelFiles
    const isKnown = known !== undefined && asked === known.repo
    const planned = this.#planned?.asked === asked ? this.#planned.files : undefined
    const files = isKnown
      ? known
      : (planned ?? (await openModelFiles(asked, hub, signal, { headersOnly: true })))
    if (!isKnown && typeof asked === 'string') this.#planned = { asked, files }
    return planModel(
      files,
      hooks,
      { hub, hardware, open: isKnown ? session.modelInPlace : undefined },
      signal,
    )
  }

  async layers(input: string | number[], sources: string[], context: TaskContext): Promise<LayersResult> {
    const { hub, lists, session } = this.#with
    const files = session.requireModelFiles()
    const result = await this.#watched(async () => {
      const model = await session.requireModel()
      const { tokenizer, config } = files
      const parts = {
        ...{ files, model, tokenizer, runs: session.runs, windows: toWindows(input, tokenizer, config) },
        open: (source: string) => openSaeFiles(source, lists, hub, context.signal),
      }
      return runLayers(
        sources,
        { ...parts, withSae: (sae, use) => session.withSae(sae, use, context) },
        context,
      )
    })
    // The open SAE's next run finds its own; those of other layers are many.
    const { hookIn, hookOut } = session.saeFiles ?? {}
    session.runs.keep([hookIn, hookOut].filter((hook) => hook !== undefined))
    return result
  }

  async predictions(
    input: string | number[],
    position: number,
    k: number,
    context: TaskContext,
  ): Promise<Predictions> {
    const { session } = this.#with
    const files = session.requireModelFiles()
    session.askForVocabulary()
    const lens = await session.lensModel(files)
    return this.#watched(async () => {
      const model = await session.requireModel()
      const windows = toWindows(input, files.tokenizer, files.config)
      return predict({ lens, model, windows, position, k, runs: session.runs }, context)
    })
  }

  /** The same with the tokens' texts, where the model has a tokenizer. */
  #named({ title, remedy, ids, cause }: MissingEmbeddings): UserError {
    const { tokenizer } = this.#with.session.requireModelFiles()
    const shown = ids.slice(0, MOST_NAMED).map((id) => (tokenizer ? `“${tokenizer.piece(id)}”` : `${id}`))
    const more = ids.length > shown.length ? ` and ${ids.length - shown.length} more` : ''
    const detail = `The embeddings of ${shown.join(', ')}${more} are not stored here, and the host is asked for them in vain.`
    return new UserError({ title, detail, remedy }, { cause })
  }

  /** Tells when what the model holds has changed. */
  async #watched<T>(work: () => Promise<T>): Promise<T> {
    const { session, onHeld } = this.#with
    const held = (): number => session.modelInPlace?.model.heldBytes() ?? 0
    const before = held()
    try {
      return await work()
    } catch (error) {
      throw error instanceof MissingEmbeddings ? this.#named(error) : error
    } finally {
      if (held() !== before) onHeld()
    }
  }
}

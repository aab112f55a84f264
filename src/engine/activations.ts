// Activations that the user gives in place of a model: a file is opened, one of its sequences is read for a run.
import {
  type ActivationsArray,
  type ActivationsParts,
  activationsParts,
  chooseArray,
} from '../formats/activations-file.ts'
import type { ActivationsNotes } from '../formats/activations-notes.ts'
import { hookOfName } from '../formats/hook-names.ts'
import type { Hub } from '../hub/hub.ts'
import type { CpuActivations } from '../lib/activations.ts'
import { UserError } from '../lib/errors.ts'
import { formatNumber } from '../lib/format.ts'
import type { Hook } from '../lib/hook.ts'
import { openActivationsFiles } from './activations-files.ts'
import { readTokens, type SequenceRange, tokenSource } from './given-tokens.ts'
import type { ModelFiles } from './model-files.ts'
import type { ActivationsInfo } from './protocol.ts'
import type { Prepared } from './run.ts'
import type { SaeFiles } from './sae-files.ts'
import { sequenceRanges } from './sequence-ranges.ts'

/** The context of Gemma 2: what is longer is not one text of its. */
const MAX_TOKENS = 8192

/** Layers of Gemma 2 and Gemma 3 by the width of their residual stream. */
const LAYERS: ReadonlyMap<number, number> = new Map([
  [640, 18],
  [1152, 26],
  [2304, 26],
  [2560, 34],
  [3584, 42],
  [3840, 48],
  [4608, 46],
  [5376, 62],
])

/** The SAE that activations are read for. */
type ForSae = Pick<SaeFiles, 'hookIn' | 'hookOut' | 'source'> & { dIn: number; dOut: number }

export class GivenActivations {
  readonly name: string
  readonly #parts: ActivationsParts
  readonly #notes: ActivationsNotes
  readonly #ranges = new Map<string, SequenceRange[]>()

  private constructor(name: string, parts: ActivationsParts, notes: ActivationsNotes) {
    this.name = name
    this.#parts = parts
    this.#notes = notes
  }

  /** Reads headers, notes and what tells the padding, no activations. UserError for files that hold none. */
  static async open(
    asked: string | readonly File[],
    hub: Hub,
    signal: AbortSignal,
  ): Promise<GivenActivations> {
    const { name, arrays, notes } = await openActivationsFiles(asked, hub, signal)
    return new GivenActivations(name, activationsParts(arrays, name), notes)
  }

  /** What is said of the array that an SAE reading `hookIn` is given. */
  async describe(hookIn: Hook | undefined, signal?: AbortSignal): Promise<ActivationsInfo> {
    const array = chooseArray(this.#parts, hookIn, this.name)
    const { entry, sequences, length, width, hiddenState } = array
    const tokens = tokenSource(this.#parts, this.#notes, [sequences, length], signal)
    const notices: string[] = []
    const hook = this.#hookOf(array)
    const layers = LAYERS.get(width)
    if (hiddenState !== undefined && hiddenState === layers) {
      notices.push(
        `${entry.name} is the last entry of hidden_states in a model of ${layers} layers: it is taken after the final norm, and no SAE reads it.`,
      )
    }
    if (!hook && hookIn) {
      notices.push(
        `The file names no known hook${this.#notes.hook ? ` (“${this.#notes.hook}”)` : ''}: whether these are raw activations of ${hookIn} cannot be checked.`,
      )
    }
    const others = this.#parts.arrays.filter((other) => other !== array).map((other) => other.entry.name)
    if (others.length > 0) notices.push(`Of ${others.length + 1} arrays ${entry.name} is shown.`)
    return {
      name: this.name,
      array: entry.name,
      dtype: entry.dtype,
      sequences,
      lengths: (await this.#rangesOf(array, signal)).map((range) => range.length),
      width,
      hook,
      tokens: tokens.kind,
      notices,
    }
  }

  /** Reads one sequence for `sae`, and its tokens with `model`'s tokenizer where that can be theirs. */
  async prepare(
    sequence: number,
    sae: ForSae,
    model: ModelFiles | undefined,
    signal?: AbortSignal,
  ): Promise<Prepared> {
    const start = performance.now()
    const array = chooseArray(this.#parts, sae.hookIn, this.name)
    const hook = this.#hookOf(array)
    this.#expectFit(array, hook, sae)
    const info = await this.describe(sae.hookIn, signal)
    const range = (await this.#rangesOf(array, signal))[sequence]
    if (!range || range.length === 0) throw noSequence(sequence, array, range)
    const dropped = Math.max(0, range.length - MAX_TOKENS)
    const kept = { start: range.start, length: range.length - dropped }
    const x = await this.#read(array, sequence, kept, signal)
    const hookIn = sae.hookIn ?? hook
    const hookOut = sae.hookOut ?? (sae.dIn === sae.dOut ? hookIn : undefined)
    const same = hookIn === hookOut && sae.dIn === sae.dOut
    const y = same ? x : await this.#target(hookOut, array, sae.dOut, sequence, kept, signal)
    const source = tokenSource(this.#parts, this.#notes, [array.sequences, array.length], signal)
    const tokens = await readTokens(source, sequence, kept, model, widthOf(model, hook) === array.width)
    const notices = [...info.notices, ...tokens.notices]
    if (!y) {
      notices.push(
        `The file has no activations of ${hookOut ?? 'the hook that is reconstructed'}, so there is no FVU.`,
      )
    }
    return {
      ...{ ids: tokens.ids, tokens: tokens.tokens, spans: tokens.spans },
      ...{ parts: [{ x, y }], windows: [0], hookIn, hookOut, droppedTokens: dropped, start },
      modelMilliseconds: performance.now() - start,
      activations: { ...info, notices },
    }
  }

  /** A name of its own says more than notes about the file; notes are of the only array or the chosen one. */
  #hookOf(array: ActivationsArray): Hook | undefined {
    if (array.hook || array.hiddenState !== undefined) return array.hook
    return this.#notes.hook === undefined ? undefined : hookOfName(this.#notes.hook)
  }

  /** Every hook the file names, or `only` where no array is named after one. */
  #hooks(only: Hook): string {
    const hooks = this.#parts.arrays.flatMap((array) => array.hook ?? [])
    if (hooks.length === 0) return only
    return `${hooks.slice(0, 8).join(', ')}${hooks.length > 8 ? ` and ${hooks.length - 8} more` : ''}`
  }

  async #rangesOf({ sequences, length }: ActivationsArray, signal?: AbortSignal): Promise<SequenceRange[]> {
    const key = `${sequences} ${length}`
    const ranges =
      this.#ranges.get(key) ?? (await sequenceRanges(this.#parts, this.#notes, [sequences, length], signal))
    this.#ranges.set(key, ranges)
    return ranges
  }

  #expectFit({ entry, width }: ActivationsArray, hook: Hook | undefined, sae: ForSae): void {
    if (hook && sae.hookIn && hook !== sae.hookIn) {
      throw new UserError({
        title: 'These activations are of another hook than the SAE reads.',
        detail: `${this.name} has activations of ${this.#hooks(hook)}; ${sae.source} reads ${sae.hookIn}.`,
        remedy: `Choose an SAE of what the file has, or open activations of ${sae.hookIn}.`,
      })
    }
    if (width !== sae.dIn) {
      throw new UserError({
        title: 'These activations do not fit this SAE.',
        detail: `${entry.name} in ${this.name} is ${width} wide; ${sae.source} reads ${sae.dIn}.`,
        remedy: 'Choose an SAE of the model and hook they were taken from.',
      })
    }
  }

  /** The array of the hook that a transcoder reconstructs, where the file has it. */
  async #target(
    hook: Hook | undefined,
    { sequences, length }: ActivationsArray,
    width: number,
    sequence: number,
    range: SequenceRange,
    signal?: AbortSignal,
  ): Promise<CpuActivations | undefined> {
    const target = this.#parts.arrays.find(
      (other) =>
        hook !== undefined &&
        other.hook === hook &&
        other.sequences === sequences &&
        other.length === length &&
        other.width === width,
    )
    return target && this.#read(target, sequence, range, signal)
  }

  async #read(
    { entry, length, width }: ActivationsArray,
    sequence: number,
    range: SequenceRange,
    signal?: AbortSignal,
  ): Promise<CpuActivations> {
    const first = (sequence * length + range.start) * width
    const data = await entry.readFloat32(first, range.length * width, signal)
    const bad = data.findIndex((value) => !Number.isFinite(value))
    if (bad < 0) return { location: 'cpu', rows: range.length, width, data }
    const half = /^(?:[<>=|]?f2|F16)$/.test(entry.dtype)
    throw new UserError({
      title: `Token ${Math.floor(bad / width)} has activations that are not finite.`,
      detail: `${entry.name} in ${this.name} holds ${data[bad]} at position ${bad % width} of it.`,
      remedy: half
        ? 'They are float16, which ends at 65,504: write float32, or compute in bfloat16 and convert.'
        : 'Check how they were made: a model run in half precision overflows on large residuals.',
    })
  }
}

function widthOf(model: ModelFiles | undefined, hook: Hook | undefined): number | undefined {
  if (!model) return undefined
  const { numAttentionHeads, headDim, hiddenSize } = model.config
  return hook?.endsWith('.attn.hook_z') ? numAttentionHeads * headDim : hiddenSize
}

function noSequence(
  sequence: number,
  { entry, sequences }: ActivationsArray,
  range: SequenceRange | undefined,
): UserError {
  return new UserError({
    title: range ? `Sequence ${sequence + 1} is empty.` : `There is no sequence ${sequence + 1}.`,
    detail: range
      ? 'All of it is padding.'
      : `${entry.name} has ${formatNumber(sequences)}, numbered from 1.`,
    remedy: 'Choose another sequence.',
  })
}

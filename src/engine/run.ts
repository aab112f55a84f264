// One sequence through the SAE: sparse features, L0 and FVU, whether its activations come from the model or a file.
import type { Activations } from '../lib/activations.ts'
import { UserError } from '../lib/errors.ts'
import type { Hook } from '../lib/hook.ts'
import { joinSparse, meanL0, type SparseRows } from '../lib/sparse-rows.ts'
import type { GemmaModel } from '../model/forward.ts'
import type { GemmaTokenizer } from '../model/tokenizer.ts'
import { fractionOfVarianceUnexplained } from '../sae/metrics.ts'
import type { Sae } from '../sae/sae.ts'
import type { ModelRuns, WindowOutputs } from './model-runs.ts'
import type { Backends, RunResult } from './protocol.ts'
import type { TaskContext } from './tasks.ts'
import { firstRows, joinSpans, WINDOW_TOKENS, windowsOf } from './windows.ts'

/** The activations of one window. */
export interface Part {
  /** [tokens, dIn] */
  x: Activations
  /** [tokens, dOut], what the reconstruction is measured against; undefined where it is not known. */
  y: Activations | undefined
}

/** What goes into the SAE: the activations of one sequence, and what is known of its tokens. */
export interface Prepared
  extends Pick<
    RunResult,
    'ids' | 'tokens' | 'spans' | 'hookIn' | 'hookOut' | 'droppedTokens' | 'windows' | 'activations'
  > {
  /** One a window; they belong to who prepared them, until the next run. */
  parts: Part[]
  /** `performance.now()` when preparing began, and the part of it that the model or the file took. */
  start: number
  modelMilliseconds: number
}

/** A run with what it was computed from. */
export interface Explained {
  result: RunResult
  /** [tokens, dOut] */
  target: Float32Array | undefined
  /** [tokens, dOut] */
  reconstruction: Float32Array<ArrayBuffer>
}

interface ModelParts {
  model: GemmaModel
  runs: ModelRuns
  tokenizer: GemmaTokenizer | undefined
  hookIn: Hook
  hookOut: Hook
  /** Of the whole input. */
  windows: number[][]
}

/** Ids of a text with <bos> first, or the ids given. */
export function toIds(input: string | number[], tokenizer: GemmaTokenizer | undefined): number[] {
  if (typeof input !== 'string') return input
  if (tokenizer) return tokenizer.encode(input)
  throw new UserError({
    title: 'This model has no tokenizer.',
    detail: 'There is no tokenizer.json beside it, so a text cannot become token ids.',
    remedy: 'Add tokenizer.json to the model, or give token ids instead of text.',
  })
}

/** Windows that `model` runs for `input`. */
export function toWindows(
  input: string | number[],
  tokenizer: GemmaTokenizer | undefined,
  { bosTokenId, maxPositionEmbeddings }: { bosTokenId: number; maxPositionEmbeddings: number },
): number[][] {
  const length = Math.min(WINDOW_TOKENS, maxPositionEmbeddings)
  return windowsOf(toIds(input, tokenizer), bosTokenId, length)
}

/** What the page is told of the tokens of all windows. */
export function tokensOf(
  windows: readonly number[][],
  tokenizer: GemmaTokenizer | undefined,
): Pick<RunResult, 'ids' | 'tokens' | 'spans' | 'windows'> {
  const ids = windows.flat()
  const plain = (some: readonly number[]) =>
    some.map((id, first) => ({ first, count: 1, text: String(id), special: first === 0 }))
  return {
    ids,
    tokens: ids.map((id) => tokenizer?.piece(id) ?? String(id)),
    spans: joinSpans(windows, tokenizer ? (some) => tokenizer.spans(some) : plain),
    windows: firstRows(windows),
  }
}

/** Runs the model up to the SAE's hooks. Rejects with UserError for inputs the model cannot take. */
export async function prepareText(
  { model, runs, tokenizer, hookIn, hookOut, windows }: ModelParts,
  context: TaskContext,
): Promise<Prepared> {
  const start = performance.now()
  const outputs = await runs.activations(model, windows, [...new Set([hookIn, hookOut])], context)
  return {
    ...tokensOf(windows, tokenizer),
    ...{ hookIn, hookOut, droppedTokens: 0, start },
    parts: partsAt(outputs, { hookIn, hookOut }),
    modelMilliseconds: performance.now() - start,
  }
}

/** Encodes and decodes what was prepared. Rejects with UserError for activations the SAE cannot take. */
export async function explain(
  { parts, start, modelMilliseconds, ...given }: Prepared,
  sae: Sae,
  backends: Backends,
  { signal, onProgress }: TaskContext,
): Promise<Explained> {
  const beforeEncode = performance.now()
  onProgress({ label: 'Finding features', done: 0, total: undefined, unit: 'tokens' })
  const rows = parts.map(({ x }) => ({ length: x.rows }))
  const { target, reconstruction, ...found } = await encodeParts(parts, sae, rows, signal)
  const end = performance.now()
  const milliseconds = { model: modelMilliseconds, encode: end - beforeEncode, total: end - start }
  return { result: { ...given, ...found, backends, milliseconds }, target, reconstruction }
}

/** What an SAE makes of every window's activations; L0 and FVU leave each window's first row out. */
export async function encodeParts(
  parts: readonly Part[],
  sae: Sae,
  windows: readonly { length: number }[],
  signal: AbortSignal,
): Promise<{
  features: SparseRows
  l0: number
  fvu: number
  target: Float32Array | undefined
  reconstruction: Float32Array<ArrayBuffer>
}> {
  const features: SparseRows[] = []
  const decoded: Float32Array[] = []
  const targets: Float32Array[] = []
  for (const { x, y } of parts) {
    signal.throwIfAborted()
    const sparse = await sae.encode(x, signal)
    features.push(sparse)
    decoded.push(await sae.decode(sparse, { x, signal }))
    if (y) targets.push(await inMemory(y))
  }
  const all = joinSparse(features)
  const reconstruction = joinArrays(decoded)
  const target = targets.length === parts.length ? joinArrays(targets) : undefined
  const firsts = firstRows(windows)
  return {
    features: all,
    l0: meanL0(all, firsts),
    fvu: target
      ? fractionOfVarianceUnexplained(target, reconstruction, all.rows, sae.dOut, firsts)
      : Number.NaN,
    target,
    reconstruction,
  }
}

/** The numbers in JavaScript memory. */
export async function inMemory(activations: Activations): Promise<Float32Array> {
  return activations.location === 'cpu' ? activations.data : activations.download()
}

/** One array of several, in their order. */
export function joinArrays(arrays: readonly Float32Array[]): Float32Array<ArrayBuffer> {
  const out = new Float32Array(arrays.reduce((sum, { length }) => sum + length, 0))
  let at = 0
  for (const array of arrays) {
    out.set(array, at)
    at += array.length
  }
  return out
}

/** What goes into an SAE of these hooks, window by window. */
export function partsAt(
  outputs: readonly WindowOutputs[],
  { hookIn, hookOut }: { hookIn: Hook; hookOut: Hook },
): Part[] {
  return outputs.map((window) => ({ x: activationsAt(window, hookIn), y: activationsAt(window, hookOut) }))
}

function activationsAt(outputs: WindowOutputs, hook: Hook): Activations {
  const found = outputs.get(hook)
  if (!found) throw new Error(`the model gave no output for ${hook}`)
  return found
}

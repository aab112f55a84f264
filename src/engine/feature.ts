// What a feature page shows: the SAE's own numbers for one feature and its direct effect on the logits.
import * as v from 'valibot'
import { openNpy } from '../formats/npy.ts'
import { parseJson } from '../hub/file-set.ts'
import { distributionOf } from '../lib/distribution.ts'
import { UserError } from '../lib/errors.ts'
import { cosine, norm } from '../lib/vector.ts'
import type { GpuUnembedding } from '../model/gpu-unembedding.ts'
import { type LogitLens, logitLens, throughOutputProjection } from '../model/unembed.ts'
import type { Sae } from '../sae/sae.ts'
import type { ModelFiles } from './model-files.ts'
import type {
  AlignedDimension,
  Dashboard,
  Label,
  LogitEffect,
  SimilarFeature,
  TokenLogit,
} from './protocol.ts'
import type { SaeFiles } from './sae-files.ts'
import type { TaskContext } from './tasks.ts'

const LOGITS_SHOWN = 10
/** Dimensions named of those a decoder row lies along. */
const ALIGNED = 6

/** The open model, and its embedding on the GPU where that is in use. */
export interface LensModel extends ModelFiles {
  unembedding: GpuUnembedding | undefined
}

/** Everything known of feature `index`; logits only where a model of the right width is open. */
export async function describeFeature(
  index: number,
  files: SaeFiles,
  sae: Sae,
  model: LensModel | undefined,
  label: Label | undefined,
  context: TaskContext,
): Promise<Dashboard> {
  const encoder = await sae.encoderColumn(index)
  const decoder = await sae.decoderRow(index)
  return {
    model: files.model,
    source: files.source,
    index,
    threshold: sae.threshold[index],
    encoderBias: sae.bEnc[index],
    decoderNorm: norm(decoder),
    encoderNorm: norm(encoder),
    encoderDecoderCosine: sae.dIn === sae.dOut ? cosine(encoder, decoder) : undefined,
    alignment: alignmentOf(decoder),
    logits: await logitsOf(decoder, files, model, context),
    density: await statistic(files, files.row?.density, index, context.signal),
    maxActivation: await statistic(files, files.row?.maxActivation, index, context.signal),
    label,
  }
}

/** UserError where the SAE has no such feature. */
export function requireFeature(index: number, { dSae }: Pick<Sae, 'dSae'>): void {
  if (Number.isSafeInteger(index) && index >= 0 && index < dSae) return
  throw new UserError({
    title: `There is no feature ${index}.`,
    detail: `This source has ${dSae} features, 0 to ${dSae - 1}.`,
    remedy: 'Choose an index in this range.',
  })
}

/** The `k` features whose decoder rows have the highest cosine with that of `index`, the nearest first. */
export async function nearestFeatures(
  index: number,
  k: number,
  sae: Sae,
  { signal }: TaskContext,
): Promise<SimilarFeature[]> {
  requireFeature(index, sae)
  const { indices, values } = await sae.similar(index, k, signal)
  return Array.from(indices, (feature, at) => ({ feature, cosine: values[at] }))
}

/** The entries of a decoder row that are largest by size, and what each is of Σ|v|: 0 for a row of zeros. */
function alignmentOf(decoder: Float32Array): AlignedDimension[] {
  const total = decoder.reduce((sum, value) => sum + Math.abs(value), 0)
  return Array.from(decoder, (value, dimension) => ({
    ...{ dimension, value },
    share: total > 0 ? Math.abs(value) / total : 0,
  }))
    .sort((a, b) => b.share - a.share || a.dimension - b.dimension)
    .slice(0, ALIGNED)
}

/** The `k` tokens each feature promotes most by direct logit effect. */
export async function promotedTokens(
  indices: readonly number[],
  k: number,
  files: SaeFiles,
  sae: Sae,
  model: LensModel,
  { signal }: TaskContext,
): Promise<TokenLogit[][]> {
  const lenses = await logitEffects(indices, k, files, sae, model, signal)
  return lenses ? lenses.map(({ top }) => top.map((entry) => withToken(entry, model))) : indices.map(() => [])
}

/** What each feature does to the logits directly; undefined where it writes into none of this model's streams. */
export async function logitEffects(
  indices: readonly number[],
  k: number,
  files: SaeFiles,
  sae: Sae,
  model: LensModel,
  signal: AbortSignal,
): Promise<LogitLens[] | undefined> {
  const hidden = model.config.hiddenSize
  const directions = new Float32Array(indices.length * hidden)
  for (const [row, index] of indices.entries()) {
    const direction = await residualDirection(await sae.decoderRow(index), files, model, signal)
    if (!direction) return undefined
    directions.set(direction, row * hidden)
  }
  const { weights, config, unembedding } = model
  return logitLens(weights, config, directions, { k, unembedding, signal })
}

/** Labels in Neuronpedia's explanation-export form, from explanations.jsonl beside the parameters. */
export async function readLabels(files: SaeFiles): Promise<[number, Label][]> {
  if (!files.row) return []
  const path = files.path.replace(/[^/]*$/, 'explanations.jsonl')
  const text = await files.beside.text(path)
  const labels: [number, Label][] = []
  for (const line of text?.split('\n') ?? []) {
    if (line.trim() === '') continue
    const parsed = v.safeParse(Explanation, parseJson(line, path))
    if (!parsed.success) continue
    const { index, description, explanationModelName, typeName } = parsed.output
    labels.push([
      Number(index),
      { description, author: explanationModelName ?? 'unknown', method: typeName ?? 'unknown' },
    ])
  }
  return labels
}

const Explanation = v.object({
  index: v.union([v.pipe(v.string(), v.digits()), v.number()]),
  description: v.string(),
  explanationModelName: v.nullish(v.string()),
  typeName: v.nullish(v.string()),
})

async function logitsOf(
  decoder: Float32Array,
  files: SaeFiles,
  model: LensModel | undefined,
  { signal }: TaskContext,
): Promise<LogitEffect | undefined> {
  if (!model) return undefined
  const direction = await residualDirection(decoder, files, model, signal)
  if (!direction) return undefined
  const { weights, config, unembedding } = model
  // One direction's logits are a megabyte: held, so that bins can be laid between the lowest and the highest.
  const all = new Float64Array(config.vocabSize)
  const [lens] = await logitLens(weights, config, direction, {
    ...{ k: LOGITS_SHOWN, unembedding, signal },
    onLogits: (_, first, logits) => all.set(logits, first),
  })
  const { edges, counts } = distributionOf(all) ?? { edges: [0, 1], counts: [0] }
  return {
    top: lens.top.map((entry) => withToken(entry, model)),
    bottom: lens.bottom.map((entry) => withToken(entry, model)),
    mean: lens.mean,
    sd: lens.sd,
    skew: lens.skew,
    kurtosis: lens.kurtosis,
    histogram: { edges, counts },
    formula: files.hookOut?.endsWith('hook_z') ? 'W_dec[f] · W_O · W_U' : 'W_dec[f] · W_U',
  }
}

/** A decoder row as a direction in the residual stream; undefined where it is none of this model's. */
async function residualDirection(
  decoder: Float32Array,
  files: SaeFiles,
  { config, weights }: ModelFiles,
  signal: AbortSignal,
): Promise<Float32Array | undefined> {
  const throughHeads = files.hookOut?.endsWith('attn.hook_z')
  if (
    throughHeads &&
    files.layer !== undefined &&
    decoder.length === config.numAttentionHeads * config.headDim
  ) {
    return throughOutputProjection(weights, config, files.layer, decoder, signal)
  }
  return !throughHeads && decoder.length === config.hiddenSize ? decoder : undefined
}

function withToken(entry: { id: number; logit: number }, model: ModelFiles): TokenLogit {
  return { id: entry.id, logit: entry.logit, token: model.tokenizer?.piece(entry.id) ?? String(entry.id) }
}

/** One number of a published per-feature array; undefined where the source publishes none. */
async function statistic(
  files: SaeFiles,
  path: string | undefined,
  index: number,
  signal: AbortSignal,
): Promise<number | undefined> {
  const array = await publishedArray(files, path, signal)
  return array && (await array.readFloat32(index, 1, signal))[0]
}

/** [dSae] a published per-feature array; undefined where the source publishes none. */
export async function publishedStatistic(
  files: SaeFiles,
  path: string | undefined,
  signal: AbortSignal,
): Promise<Float32Array | undefined> {
  const array = await publishedArray(files, path, signal)
  return array?.readFloat32(0, array.shape[0], signal)
}

async function publishedArray(files: SaeFiles, path: string | undefined, signal: AbortSignal) {
  const source = path && (await files.beside.find(path, signal))
  return source ? openNpy(source, source.name, 0, source.size, signal) : undefined
}

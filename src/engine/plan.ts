// What a model would ask for before any of its weights is read: every precision, what fits, what does not and why.
import type { Hub } from '../hub/hub.ts'
import { type Hook, parseHook } from '../lib/hook.ts'
import { WEIGHT_PRECISIONS, type WeightPrecision } from '../lib/weight-precision.ts'
import type { GemmaConfig } from '../model/config.ts'
import { type GemmaModel, openModel } from '../model/forward.ts'
import { blockWeightShapes } from '../model/weights.ts'
import type { Hardware } from './hardware.ts'
import { describeModel, type ModelFiles, weightCacheOf } from './model-files.ts'
import type { ModelPlan, PrecisionPlan } from './protocol.ts'

/** Up to this much, blocks are held in float32 unless something else is asked for. */
const SMALL_MODEL = 1e9

/** What `auto` takes before it is known what fits. */
export function usualPrecision(config: GemmaConfig): WeightPrecision {
  const shapes = Object.values(blockWeightShapes(config))
  const perBlock = shapes.reduce((sum, shape) => sum + shape.reduce((a, b) => a * b, 1), 0)
  return 4 * perBlock * config.numHiddenLayers <= SMALL_MODEL ? 'f32' : 'q8'
}

/** `open` is the model in place of these files, with its precision: what it holds need not be fetched. */
export async function planModel(
  files: ModelFiles,
  hooks: readonly Hook[],
  {
    hub,
    hardware,
    open,
  }: { hub: Hub; hardware: Hardware; open: { model: GemmaModel; precision: WeightPrecision } | undefined },
  signal: AbortSignal,
): Promise<ModelPlan> {
  const { config, weights } = files
  const backend = (await hardware.backends()).model
  const device = backend === 'webgpu' ? (await hardware.gpu())?.device : undefined
  const precisions: PrecisionPlan[] = []
  for (const precision of WEIGHT_PRECISIONS) {
    const options = { config, weights, backend, device, precision }
    const model =
      open?.precision === precision ? open.model : openModel({ ...options, cache: weightCacheOf(files, hub) })
    const { refused, ...plan } = await model.plan(hooks, signal)
    // Whether it fits does not depend on what is stored.
    const bare = openModel(options)
    const reason = refused && { reason: refused, deepestLayer: await deepest(bare, hooks, signal) }
    precisions.push({ precision, ...plan, refused: reason })
  }
  const usual = usualPrecision(config)
  const fits = (precision: WeightPrecision): boolean =>
    precisions.some((plan) => plan.precision === precision && !plan.refused)
  return {
    model: describeModel(files),
    backend,
    hooks: [...hooks],
    tokenizerBytes: files.tokenizerBytes,
    vocabularyBytes: precisions[0].embeddingRow * config.vocabSize,
    precisions,
    automatic: ([usual, 'q8', 'q4'] as const).find(fits),
  }
}

/** The deepest layer before the hooks' own whose residual stream would fit; undefined when none does. */
async function deepest(
  model: GemmaModel,
  hooks: readonly Hook[],
  signal: AbortSignal,
): Promise<number | undefined> {
  let [fits, refused] = [-1, Math.max(...hooks.map((hook) => parseHook(hook)?.layer ?? 0))]
  while (refused - fits > 1) {
    const middle = Math.floor((fits + refused) / 2)
    const plan = await model.plan([`blocks.${middle}.hook_resid_post`], signal)
    if (plan.refused) refused = middle
    else fits = middle
  }
  return fits < 0 ? undefined : fits
}

// One case of published values through the engine: what it needs, what it comes to.
import type { CallOptions, EngineClient } from '../engine/client.ts'
import type { ModelPlan, Opened, RunResult } from '../engine/protocol.ts'
import { UserError } from '../lib/errors.ts'
import type { Check, PublishedCase } from '../lib/published-values.ts'
import { compare, type Evidence } from '../lib/verify.ts'
import type { CaseResult, Used } from '../lib/verify-report.ts'
import { allowanceFor } from '../lib/verify-tolerance.ts'
import type { WeightPrecision } from '../lib/weight-precision.ts'
import { fractionOfVarianceUnexplained } from '../sae/metrics.ts'

/** A case with the model it runs on, and what is known of that before anything of its weights is read. */
export interface PlannedCase {
  one: PublishedCase
  repo: string
  plan: ModelPlan
  precision: WeightPrecision
}

interface RunWith {
  client: EngineClient
  /** What is open now, by name. */
  open(): { model: string | undefined; sae: string | undefined }
  /** Tells the page what was opened. */
  take(opened: Opened): void
  call: CallOptions
}

/** Opens what the case needs, runs it and compares. Rejects with UserError, or AbortError after the call's signal. */
export async function runCase(
  { one, repo, plan, precision }: PlannedCase,
  { client, open, take, call }: RunWith,
): Promise<CaseResult & { state: 'done' }> {
  const sae = one.run?.sae
  const wanted = { model: repo, sae: sae ?? open().sae }
  const model = open().model === wanted.model ? undefined : wanted.model
  const newSae = open().sae === wanted.sae ? undefined : wanted.sae
  if (model !== undefined || newSae !== undefined) take(await client.open({ model, sae: newSae }, call))

  const checkpoint = checkpointOf(plan)
  const used: Used = { model: repo, checkpoint }
  const ids = await idsOf(one.checks, client)
  if (!one.run) return { state: 'done', rows: compare(one, { ids }, undefined), used }

  const { hookIn, hookOut, text } = one.run
  const result = await client.run(text, call)
  const evidence = await evidenceOf(one, result, client, call)
  if (open().model !== wanted.model || open().sae !== wanted.sae || result.hookIn !== hookIn) {
    throw new UserError({
      title: 'The page opened something else meanwhile.',
      detail: `${one.title} was to run ${wanted.sae} on ${hookIn} of ${wanted.model}.`,
      remedy: 'Check again, and stay on this page until it is done.',
    })
  }
  const { backends } = result
  const saePrecision = backends.weights?.precision ?? 'f32'
  const held = { precision: backends.modelWeights?.precision ?? precision, saePrecision }
  const allowance = allowanceFor({ published: one.dtype, checkpoint, ...held, hook: hookIn })
  const kinds = [...new Set([backends.model, backends.sae])].map((kind) =>
    kind === 'webgpu' ? 'WebGPU' : 'wasm',
  )
  const rows = compare(one, { ...evidence, ids }, allowance)
  return { state: 'done', rows, used: { ...used, held: { ...held, backends: kinds.join(' and ') } } }

  /** Activations are computed again only where a check looks at them. */
  async function evidenceOf(
    { checks }: PublishedCase,
    { tokens, features }: RunResult,
    { activations, decode }: EngineClient,
    options: CallOptions,
  ): Promise<Evidence> {
    const dense = checks.some(({ kind }) => kind === 'norm' || kind === 'start' || kind === 'fvu')
    if (!dense) return { tokens, features }
    const input = await activations(text, hookIn, options)
    const target = hookOut === hookIn ? input : await activations(text, hookOut, options)
    const written = await decode(features, input.data, options)
    const [rows, width] = target.shape
    return {
      ...{ tokens, features },
      input: { rows: input.shape[0], width: input.shape[1], data: input.data },
      reconstruction: { rows, width, data: written },
      fvu: fractionOfVarianceUnexplained(target.data, written, rows, width, []),
    }
  }
}

/** What the files hold an embedding's numbers in: the size of a row says it. */
function checkpointOf({ precisions, model }: ModelPlan): Used['checkpoint'] {
  const bytes = (precisions[0]?.embeddingRow ?? 0) / model.hiddenSize
  return bytes === 4 ? 'float32' : bytes === 2 ? 'bfloat16' : undefined
}

async function idsOf(
  checks: readonly Check[],
  client: EngineClient,
): Promise<ReadonlyMap<string, readonly number[]>> {
  const ids = new Map<string, readonly number[]>()
  for (const check of checks) {
    if (check.kind === 'ids') ids.set(check.text, (await client.tokenize(check.text)).ids)
  }
  return ids
}

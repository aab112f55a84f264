// What a check came to, case by case, and as a file.
import type { UserErrorFields } from './errors.ts'
import type { PublishedCase } from './published-values.ts'
import { allRight, type VerifyRow } from './verify.ts'
import { PRECISION_NAMES, type WeightPrecision } from './weight-precision.ts'

/** What a case was run with. */
export interface Used {
  model: string
  /** How the model's files hold its weights; undefined where that is neither of the two. */
  checkpoint: 'float32' | 'bfloat16' | undefined
  /** Undefined where only a tokenizer was asked. */
  held?: { precision: WeightPrecision; saePrecision: 'f32' | 'f16'; backends: string }
}

export type CaseResult =
  | { state: 'running' }
  | { state: 'done'; rows: VerifyRow[]; used: Used }
  | { state: 'failed'; error: UserErrorFields }
  | { state: 'cancelled' }

/** "unsloth/gemma-2-2b (bfloat16 files) held as 8 bits, SAE as float32, on WebGPU" */
export function usedWords({ model, checkpoint, held }: Used): string {
  const files = checkpoint ? `${model} (${checkpoint} files)` : model
  if (!held) return files
  const sae = held.saePrecision === 'f16' ? 'float16' : 'float32'
  return `${files} held as ${PRECISION_NAMES[held.precision]}, SAE as ${sae}, on ${held.backends}`
}

/** Counts of verdicts over all cases; a case that failed or was cancelled counts once as not done. */
export function tally(results: Iterable<CaseResult>): { right: number; wrong: number; notDone: number } {
  const sum = { right: 0, wrong: 0, notDone: 0 }
  for (const result of results) {
    if (result.state !== 'done') sum.notDone += 1
    else {
      for (const { verdict } of result.rows) {
        sum[verdict === 'not done' ? 'notDone' : verdict] += 1
      }
    }
  }
  return sum
}

/** The whole check as JSON; `passed` only when every case was done and every row of it is right. */
export function reportJson(
  cases: readonly PublishedCase[],
  results: ReadonlyMap<string, CaseResult>,
  version: string,
): string {
  const checked = cases.flatMap(({ id, title, source, run }) => {
    const result = results.get(id)
    return result ? [{ id, title, source, sae: run?.sae, text: run?.text, ...result }] : []
  })
  const passed = checked.length > 0 && checked.every((one) => one.state === 'done' && allRight(one.rows))
  return JSON.stringify({ featurescope: version, passed, ...tally(checked), cases: checked }, null, 2)
}

// Cases from a file of the user's: values to check beside the published ones, validated.
import * as v from 'valibot'
import { UserError } from './errors.ts'
import { type Hook, parseHook } from './hook.ts'
import type { PublishedCase } from './published-values.ts'

const whole = v.pipe(v.number(), v.safeInteger())
const count = v.pipe(whole, v.minValue(0))
const number = v.pipe(v.number(), v.finite())
const distance = v.pipe(number, v.minValue(0))
const name = v.pipe(v.string(), v.nonEmpty(), v.maxLength(400))
const text = v.pipe(v.string(), v.maxLength(20_000))
const hook = v.pipe(
  v.string(),
  v.check((value) => parseHook(value) !== undefined, 'a hook name'),
  v.transform((value) => value as Hook),
)

const Check = v.variant('kind', [
  v.object({ kind: v.literal('tokens'), expected: v.array(v.string()) }),
  v.object({ kind: v.literal('ids'), text, expected: v.array(count) }),
  v.object({ kind: v.literal('active'), position: whole, expected: count }),
  v.object({ kind: v.literal('feature'), index: count, position: whole, expected: number }),
  v.object({ kind: v.literal('highest'), index: count, expected: number, within: distance }),
  v.object({ kind: v.literal('highestOn'), index: count, expected: v.string() }),
  v.object({ kind: v.literal('silent'), index: count, except: v.array(whole) }),
  v.object({
    kind: v.literal('norm'),
    of: v.picklist(['input', 'features', 'reconstruction']),
    position: whole,
    expected: number,
  }),
  v.object({
    kind: v.literal('start'),
    of: v.picklist(['input', 'reconstruction']),
    position: whole,
    expected: v.pipe(v.array(number), v.minLength(1)),
  }),
  v.object({ kind: v.literal('l0'), expected: number, within: distance }),
  v.object({ kind: v.literal('fvu'), expected: number, within: distance }),
])

const Case = v.object({
  id: name,
  title: name,
  models: v.pipe(v.array(name), v.minLength(1)),
  run: v.optional(v.object({ sae: name, hookIn: hook, hookOut: hook, text })),
  dtype: v.picklist(['float32', 'bfloat16']),
  source: v.string(),
  checks: v.pipe(v.array(Check), v.minLength(1), v.maxLength(1000)),
})

const Cases = v.pipe(
  v.array(Case),
  v.minLength(1),
  v.maxLength(200),
  v.check((cases) => new Set(cases.map(({ id }) => id)).size === cases.length, 'ids that differ'),
)

/** Validates a JSON file of cases; `file` is what an error calls it. */
export function parseCases(json: string, file: string): PublishedCase[] {
  const parsed = v.safeParse(Cases, readJson(json, file))
  if (parsed.success) return parsed.output.map(({ run, ...rest }) => ({ ...rest, run }))
  const issue = parsed.issues[0]
  throw unreadable(file, `${v.getDotPath(issue) ?? 'the whole file'}: ${issue.message}`)
}

function readJson(json: string, file: string): unknown {
  try {
    return JSON.parse(json)
  } catch (thrown) {
    throw unreadable(file, thrown instanceof Error ? thrown.message : String(thrown))
  }
}

function unreadable(file: string, why: string): UserError {
  return new UserError({
    title: 'These are no values to check.',
    detail: `${file}: ${why}.`,
    remedy: 'Give a JSON list of cases as docs/verify.md describes them.',
  })
}

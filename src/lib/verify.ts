// Published values against found ones: what was expected, what came out, and whether that is near enough.
import type { Check, PublishedCase } from './published-values.ts'
import { meanL0, type SparseRows } from './sparse-rows.ts'
import { pieceText, tokenName } from './token-text.ts'
import type { Allowance } from './verify-tolerance.ts'

/** Numbers of all tokens at one hook, [rows, width]. */
interface Matrix {
  rows: number
  width: number
  data: Float32Array
}

/** What a run came to, as far as it is known. */
export interface Evidence {
  tokens?: readonly string[]
  features?: SparseRows
  /** What the SAE read and what it wrote. */
  input?: Matrix
  reconstruction?: Matrix
  /** All positions counted. */
  fvu?: number
  /** Ids of the texts of checks of ids. */
  ids?: ReadonlyMap<string, readonly number[]>
}

export type Verdict = 'right' | 'wrong' | 'not done'

export interface VerifyRow {
  what: string
  expected: string
  /** Undefined where nothing was found to compare. */
  found: string | undefined
  /** "± 0.18", "exactly" */
  tolerance: string
  verdict: Verdict
}

/** A comparison before it is worded; `found` undefined: not done. */
interface Compared {
  what: string
  expected: string
  found: string | undefined
  tolerance: string
  near: boolean
}

/** One row a check. A check whose value is missing is "not done", never right. */
export function compare(
  { checks }: PublishedCase,
  evidence: Evidence,
  allowance: Allowance | undefined,
): VerifyRow[] {
  const strongest = Math.max(
    0,
    ...checks.map((one) => (one.kind === 'feature' || one.kind === 'highest' ? one.expected : 0)),
  )
  return checks.map((check) => {
    const { near, ...row } = compareOne(check, evidence, allowance, strongest)
    return { ...row, verdict: row.found === undefined ? 'not done' : near ? 'right' : 'wrong' }
  })
}

/** Whether there was something to compare, and all of it is right. */
export function allRight(rows: readonly VerifyRow[]): boolean {
  return rows.length > 0 && rows.every(({ verdict }) => verdict === 'right')
}

function compareOne(
  check: Check,
  evidence: Evidence,
  allowance: Allowance | undefined,
  strongest: number,
): Compared {
  switch (check.kind) {
    case 'ids':
      return sameList(
        `Ids of ${tokenName(check.text)}`,
        check.expected,
        evidence.ids?.get(check.text),
        (list) => list.join(' '),
      )
    case 'tokens':
      return sameList('Tokens', check.expected, evidence.tokens, (list) => list.join(' '))
    case 'highestOn': {
      const row = highest(evidence, check.index)?.row
      const on = row === undefined ? undefined : evidence.tokens?.[row]
      return sameList(
        `Feature ${check.index} is highest on`,
        [check.expected],
        on === undefined ? undefined : [on],
        ([piece]) => piece,
      )
    }
    default:
      return number(check, evidence, allowance ?? { relative: 0, spread: 0, flipped: 0 }, strongest)
  }
}

type NumberCheck = Exclude<Check, { kind: 'ids' | 'tokens' | 'highestOn' }>

function number(check: NumberCheck, evidence: Evidence, allowance: Allowance, strongest: number): Compared {
  const { relative, spread, flipped } = allowance
  const { features } = evidence
  switch (check.kind) {
    case 'active': {
      const row = features && rowAt(features.rows, check.position)
      const found =
        features && row !== undefined ? features.rowPtr[row + 1] - features.rowPtr[row] : undefined
      const what = `Active features ${placed(check.position, evidence)}`
      return within(what, check.expected, found, Math.ceil(flipped * check.expected), 0)
    }
    case 'feature': {
      const found = valueAt(features, check.index, check.position)
      const allowed = relative * Math.abs(check.expected) + spread * strongest
      return within(
        `Feature ${check.index} ${placed(check.position, evidence)}`,
        check.expected,
        found,
        allowed,
      )
    }
    case 'highest': {
      const allowed = check.within + relative * Math.abs(check.expected) + spread * strongest
      return within(
        `Feature ${check.index} at its highest`,
        check.expected,
        highest(evidence, check.index)?.value,
        allowed,
      )
    }
    case 'silent': {
      const found = highest(evidence, check.index, check.except)?.value
      return within(`Feature ${check.index} on all other tokens, at most`, 0, found, spread * strongest)
    }
    case 'norm': {
      const vector = vectorAt(evidence, check.of, check.position)
      const found = vector && Math.sqrt(vector.reduce((sum, value) => sum + value * value, 0))
      // A vector that is off by a share of its length has a length that is off by no more; features may flip as well.
      const allowed = (relative + spread * (check.of === 'input' ? 1 : 2)) * check.expected
      return within(
        `Length of the ${NAMES[check.of]} ${placed(check.position, evidence)}`,
        check.expected,
        found,
        allowed,
      )
    }
    case 'start':
      return start(check, evidence, allowance)
    case 'l0':
      return within(
        'Mean active features a token',
        check.expected,
        features && meanL0(features, []),
        check.within + flipped * check.expected,
      )
    case 'fvu':
      return within('Fraction of variance unexplained', check.expected, evidence.fvu, check.within + spread)
  }
}

const NAMES = { input: 'activations', features: 'features', reconstruction: 'reconstruction' } as const

/** A few numbers of many stray more than the whole: three times the share of their own length is allowed. */
function start(
  { of, position, expected }: Extract<Check, { kind: 'start' }>,
  evidence: Evidence,
  { relative, spread }: Allowance,
): Compared {
  const found = vectorAt(evidence, of, position)?.slice(0, expected.length)
  const allowed = 3 * (relative + spread)
  const complete = found?.length === expected.length ? found : undefined
  const length = Math.hypot(...expected)
  const apart = complete && Math.hypot(...expected.map((value, i) => complete[i] - value)) / length
  const list = (values: readonly number[]): string => values.map((value) => short(value)).join(' ')
  return {
    what: `First ${expected.length} numbers of the ${NAMES[of]} ${placed(position, evidence)}`,
    expected: list(expected),
    found: complete && list(complete),
    tolerance: `± ${short(100 * allowed, 2)} % of their length`,
    near: apart !== undefined && apart <= allowed,
  }
}

function within(
  what: string,
  expected: number,
  found: number | undefined,
  allowed: number,
  least = 1e-6,
): Compared {
  return {
    what,
    expected: short(expected),
    found: found === undefined ? undefined : short(found),
    tolerance: allowed > 0 ? `± ${short(allowed, 2)}` : 'exactly',
    near: found !== undefined && Math.abs(found - expected) <= allowed + least,
  }
}

function sameList<T extends string | number>(
  what: string,
  expected: readonly T[],
  found: readonly T[] | undefined,
  word: (list: readonly T[]) => string | number,
): Compared {
  return {
    what,
    expected: String(word(expected)),
    found: found && String(word(found)),
    tolerance: 'exactly',
    near: found?.length === expected.length && expected.every((one, i) => one === found[i]),
  }
}

/** "on “ dog”", or the position where the token is not known. */
function placed(position: number, { tokens }: Evidence): string {
  const row = tokens && rowAt(tokens.length, position)
  if (tokens && row !== undefined) return `on ${tokenName(pieceText(tokens[row]))}`
  return position < 0 ? `at the end${position === -1 ? '' : ` (${position})`}` : `at position ${position}`
}

/** Row of a position that may count from the end; undefined outside. */
function rowAt(rows: number, position: number): number | undefined {
  const row = position < 0 ? rows + position : position
  return row >= 0 && row < rows ? row : undefined
}

/** 0 where the feature is not active, undefined where there is no such feature or position. */
function valueAt(features: SparseRows | undefined, index: number, position: number): number | undefined {
  const row = features && rowAt(features.rows, position)
  if (!features || row === undefined || index >= features.width) return undefined
  for (let at = features.rowPtr[row]; at < features.rowPtr[row + 1]; at++) {
    if (features.indices[at] === index) return features.values[at]
  }
  return 0
}

/** A feature's highest activation beside `<bos>` and the positions `except`; undefined where no row is left. */
function highest(
  { features }: Evidence,
  index: number,
  except: readonly number[] = [],
): { value: number; row: number } | undefined {
  if (!features) return undefined
  const left = new Set([0, ...except.map((position) => rowAt(features.rows, position))])
  let best: { value: number; row: number } | undefined
  for (let row = 0; row < features.rows; row++) {
    const value = left.has(row) ? undefined : valueAt(features, index, row)
    if (value !== undefined && (!best || value > best.value)) best = { value, row }
  }
  return best
}

function vectorAt(
  evidence: Evidence,
  of: 'input' | 'features' | 'reconstruction',
  position: number,
): number[] | undefined {
  const from = evidence[of]
  const row = from && rowAt(from.rows, position)
  if (!from || row === undefined) return undefined
  if ('data' in from) return [...from.data.subarray(row * from.width, (row + 1) * from.width)]
  return [...from.values.subarray(from.rowPtr[row], from.rowPtr[row + 1])]
}

/** Significant digits without trailing zeros. */
function short(value: number, digits = 6): string {
  return String(Number(value.toPrecision(digits))).replace('-', '−')
}

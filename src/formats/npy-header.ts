// Parses the Python dict literal of an .npy header, and nothing more of Python than numpy writes there.
import type { UserError } from '../lib/errors.ts'
import { elementCount } from './array.ts'

export interface NpyHeader {
  /** "<f4"; for structured types the list as it stands. */
  descr: string
  fortran: boolean
  shape: number[]
}

/** numpy's own limit of axes. */
const MAX_RANK = 64

const STRING = /'([^'\\]*)'|"([^"\\]*)"/y
const SPACE = /[ \t\n]*/y
const BOOLEAN = /True|False/y
/** What stands between the brackets of a shape. No size begins with a 0 that another digit follows. */
const SIZES = /\(\s*((?:(?:0|[1-9]\d{0,15})L?\s*,\s*)*(?:(?:0|[1-9]\d{0,15})L?\s*)?)\)/y

/** `major` is the file's version; `fail` makes the error for a text that is no such header. */
export function parseNpyHeader(text: string, major: number, fail: (detail: string) => UserError): NpyHeader {
  let at = 0
  const wrong = (): UserError =>
    fail(`Its header is not what numpy writes: ${JSON.stringify(text.trim().slice(0, 100))}.`)
  const match = (pattern: RegExp): RegExpExecArray | undefined => {
    pattern.lastIndex = at
    const found = pattern.exec(text)
    if (found) at = pattern.lastIndex
    return found ?? undefined
  }
  const take = (pattern: RegExp): RegExpExecArray => match(pattern) ?? raise(wrong())
  /** The character that comes next, blanks left out. */
  const next = (): string => {
    take(SPACE)
    return text.charAt(at)
  }
  const expect = (character: string): void => {
    if (next() !== character) throw wrong()
    at++
  }
  const string = (): string => {
    const [, single, double] = take(STRING)
    return single ?? double
  }

  const found: Partial<NpyHeader> = {}
  expect('{')
  while (next() !== '}') {
    const key = string()
    expect(':')
    const first = next()
    if (key === 'descr' && found.descr === undefined) found.descr = first === '[' ? list() : string()
    else if (key === 'fortran_order' && found.fortran === undefined)
      found.fortran = take(BOOLEAN)[0] === 'True'
    else if (key === 'shape' && found.shape === undefined) found.shape = sizes(take(SIZES)[1])
    else throw wrong()
    if (next() !== '}') expect(',')
  }
  expect('}')
  if (next() !== '') throw wrong()
  const { descr, fortran, shape } = found
  if (descr === undefined || fortran === undefined || shape === undefined) throw wrong()
  return { descr, fortran, shape }

  /** A structured type: passed over, because it is not read, but shown. */
  function list(): string {
    const start = at
    let depth = 0
    do {
      const character = next()
      if (character === "'" || character === '"') string()
      else if (character === '') throw wrong()
      else {
        if (character === '[') depth++
        if (character === ']') depth--
        at++
      }
    } while (depth > 0)
    return text.slice(start, at)
  }

  function sizes(inside: string): number[] {
    // Python 2 wrote 3L, and never a version 3.0.
    if (major > 2 && inside.includes('L')) throw wrong()
    const shape = inside
      .split(',')
      .map((size) => size.trim().replace('L', ''))
      .filter((size) => size !== '')
      .map(Number)
    if (shape.length > MAX_RANK) throw fail(`It has ${shape.length} axes; numpy has ${MAX_RANK} at most.`)
    // (3) is a number in Python, (3,) a shape.
    if (shape.length === 1 && !inside.includes(',')) throw wrong()
    if (!Number.isSafeInteger(elementCount(shape)))
      throw fail(`Its shape (${inside.trim()}) is too large to be true.`)
    return shape
  }
}

function raise(error: UserError): never {
  throw error
}

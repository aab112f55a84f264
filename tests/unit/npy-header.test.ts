// Headers of .npy files beside numpy's own reader: what it refuses is refused here, and what is read here means the same.
import * as v from 'valibot'
import { beforeAll, describe, expect, test } from 'vitest'
import { openNpy } from '../../src/formats/npy.ts'
import { parseNpyHeader } from '../../src/formats/npy-header.ts'
import type { ByteSource } from '../../src/lib/byte-source.ts'
import { UserError } from '../../src/lib/errors.ts'
import { npyFile } from '../support/array-files.ts'
import { findPython, runPython } from '../support/python.ts'

type Version = 1 | 3

/** Prints for each [version, header] its shape, order and type, or null where numpy refuses it. */
const NUMPY = `
import io, json, struct, sys, tokenize, warnings, numpy as np
warnings.simplefilter('ignore')
fmt = getattr(np.lib, '_format_impl', np.lib.format)
def read(version, text):
    raw = text.encode('utf-8' if version == 3 else 'latin1')
    try: shape, fortran, dtype = fmt._read_array_header(io.BytesIO(struct.pack('<H' if version == 1 else '<I', len(raw)) + raw), (version, 0))
    except (ValueError, TypeError, SyntaxError, tokenize.TokenError): return None
    return [[int(n) for n in shape], fortran, '' if dtype.hasobject or dtype.fields else dtype.str]
print(json.dumps([read(*one) for one in json.load(sys.stdin.buffer)]))
`
const Answers = v.array(v.nullable(v.tuple([v.array(v.number()), v.boolean(), v.string()])))

const WHOLE = [
  `{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), }`,
  `{"shape": (12,), 'fortran_order': True, 'descr': '<U7'}`,
  `{'descr': '|u1', 'fortran_order': False, 'shape': (), }`,
]

const BROKEN = [
  ['no comma between two keys', `{'descr': '<f4' 'fortran_order': False, 'shape': (2,), }`],
  ['no comma behind the order', `{'descr': '<f4', 'fortran_order': False 'shape': (2,), }`],
  ['two commas', `{'descr': '<f4',, 'fortran_order': False, 'shape': (2,), }`],
  ['a comma first', `{, 'descr': '<f4', 'fortran_order': False, 'shape': (2,), }`],
  ['no colon', `{'descr' '<f4', 'fortran_order': False, 'shape': (2,), }`],
  ['two colons', `{'descr':: '<f4', 'fortran_order': False, 'shape': (2,), }`],
  ['no brace at the end', `{'descr': '<f4', 'fortran_order': False, 'shape': (2,), `],
  ['no brace first', `'descr': '<f4', 'fortran_order': False, 'shape': (2,), }`],
  ['two braces at the end', `{'descr': '<f4', 'fortran_order': False, 'shape': (2,), }}`],
  ['something behind it', `{'descr': '<f4', 'fortran_order': False, 'shape': (2,), } 1`],
  ['a quote left open', `{'descr': '<f4, 'fortran_order': False, 'shape': (2,), }`],
  ['two kinds of quotes', `{'descr': '<f4", 'fortran_order': False, 'shape': (2,), }`],
  ['a key without quotes', `{descr: '<f4', 'fortran_order': False, 'shape': (2,), }`],
  ['a key too few', `{'fortran_order': False, 'shape': (2,), }`],
  ['a key too many', `{'descr': '<f4', 'fortran_order': False, 'shape': (2,), 'order': 'C', }`],
  ['true as JavaScript writes it', `{'descr': '<f4', 'fortran_order': true, 'shape': (2,), }`],
  ['a name that begins with False', `{'descr': '<f4', 'fortran_order': Falsey, 'shape': (2,), }`],
  ['an order that is a number', `{'descr': '<f4', 'fortran_order': 0, 'shape': (2,), }`],
  ['a shape that is a number', `{'descr': '<f4', 'fortran_order': False, 'shape': 2, }`],
  ['a shape that is a number in brackets', `{'descr': '<f4', 'fortran_order': False, 'shape': (2), }`],
  ['a shape that is a list', `{'descr': '<f4', 'fortran_order': False, 'shape': [2], }`],
  ['a shape of text', `{'descr': '<f4', 'fortran_order': False, 'shape': ('2',), }`],
  ['a shape of a fraction', `{'descr': '<f4', 'fortran_order': False, 'shape': (2.0,), }`],
  ['a shape with a gap', `{'descr': '<f4', 'fortran_order': False, 'shape': (2,,3), }`],
  ['a shape of a comma', `{'descr': '<f4', 'fortran_order': False, 'shape': (,), }`],
  ['a shape left open', `{'descr': '<f4', 'fortran_order': False, 'shape': (2, }`],
  ['sizes without a comma', `{'descr': '<f4', 'fortran_order': False, 'shape': (2 3), }`],
  ['a size that begins with 0', `{'descr': '<f4', 'fortran_order': False, 'shape': (02,), }`],
  ['a type with a unit that has none', `{'descr': '<f4[s]', 'fortran_order': False, 'shape': (2,), }`],
  ['a type that is none', `{'descr': '<q4', 'fortran_order': False, 'shape': (2,), }`],
  ['a line break in a text', `{'descr': '<f4\n', 'fortran_order': False, 'shape': (2,), }`],
] as const

/** Each text with one character left out, put in, or put in the place of another. */
function edited(texts: readonly string[]): string[] {
  const put = [...`',():{}[]"0L \n#\\F4`]
  const all = texts.flatMap((text) =>
    Array.from({ length: text.length + 1 }, (_, at) => [
      text.slice(0, at) + text.slice(at + 1),
      ...put.flatMap((character) => [
        text.slice(0, at) + character + text.slice(at),
        text.slice(0, at) + character + text.slice(at + 1),
      ]),
    ]).flat(),
  )
  return [...new Set(all)]
}

/** What the page's reader makes of a header, whatever the data behind it; undefined where it refuses. */
async function read(version: Version, text: string) {
  try {
    const { dtype, shape } = await open(version, text, 0).catch((error: unknown) => {
      const needed = error instanceof UserError ? /needs (\d+) bytes/.exec(error.detail)?.[1] : undefined
      if (needed === undefined) throw error
      return open(version, text, Number(needed))
    })
    const { fortran } = parseNpyHeader(
      text,
      version,
      (detail) => new UserError({ title: '', detail, remedy: '' }),
    )
    return { shape, fortran, dtype }
  } catch (error) {
    if (error instanceof UserError) return undefined
    throw error
  }
}

/** A file with that header and so many bytes of data, which nobody reads. */
function open(version: Version, text: string, data: number): ReturnType<typeof openNpy> {
  const file = npyFile(text, new Uint8Array(0))
  const head =
    version === 1
      ? file
      : Uint8Array.from([...file.subarray(0, 6), 3, 0, file[8], file[9], 0, 0, ...file.subarray(10)])
  const source: ByteSource = {
    name: 'x.npy',
    size: head.length + data,
    read: async (offset, length) => {
      const bytes = new Uint8Array(length)
      bytes.set(head.subarray(offset, offset + length))
      return bytes
    },
  }
  return openNpy(source, 'x', 0, source.size)
}

function numpy(headers: readonly [Version, string][]): v.InferOutput<typeof Answers> {
  const input = new TextEncoder().encode(JSON.stringify(headers))
  return v.parse(Answers, JSON.parse(runPython(NUMPY, [], input)))
}

/** "<f4" for "=f4" and "f4"; without the order where one byte has none. */
function plain(dtype: string): string {
  const [, order, kind, digits] = /^([<>=|]?)(\D)(\d+)$/.exec(dtype) ?? []
  const one = kind === 'S' || Number(digits) === 1 ? '|' : '<'
  return (kind === 'U' || one === '<' ? (order === '>' ? '>' : '<') : one) + kind + Number(digits)
}

beforeAll(() => void findPython(), 300_000)

describe('a header that numpy refuses', () => {
  test('is refused too', async () => {
    const answers = numpy(BROKEN.map(([, text]) => [1, text]))
    for (const [at, [what, text]] of BROKEN.entries()) {
      expect(answers[at], `numpy: ${what}`).toBeNull()
      expect(await read(1, text), what).toBeUndefined()
    }
  })

  test('is one whose sizes end in L, from version 3.0 on', async () => {
    const text = `{'descr': '<f4', 'fortran_order': False, 'shape': (2L, 3L), }`
    expect(
      numpy([
        [1, text],
        [3, text],
      ]),
    ).toEqual([[[2, 3], false, '<f4'], null])
    expect(await read(1, text)).toMatchObject({ shape: [2, 3] })
    expect(await read(3, text)).toBeUndefined()
  })
})

test.for([1, 3] as const)(
  'no edit of one character is read as other than numpy reads it (version %d.0)',
  async (version) => {
    const texts = [...WHOLE, ...edited(WHOLE)]
    const answers = numpy(texts.map((text) => [version, text]))
    const wrong: string[] = []
    let both = 0
    let neither = 0
    for (const [at, text] of texts.entries()) {
      const ours = await read(version, text)
      const theirs = answers[at]
      if (!ours) neither += theirs ? 0 : 1
      else if (!theirs) wrong.push(`numpy refuses ${text}`)
      else {
        both += 1
        const [shape, fortran, dtype] = theirs
        if (
          JSON.stringify([ours.shape, ours.fortran, plain(ours.dtype)]) !==
          JSON.stringify([shape, fortran, dtype])
        )
          wrong.push(`${JSON.stringify([ours, theirs])} of ${text}`)
      }
    }
    expect(wrong).toEqual([])
    expect(both).toBeGreaterThan(200)
    expect(neither).toBeGreaterThan(3000)
  },
)

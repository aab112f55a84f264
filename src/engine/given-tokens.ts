// What is known of the tokens of given activations, and how a person reads it.

import type { ActivationsParts } from '../formats/activations-file.ts'
import type { ActivationsNotes } from '../formats/activations-notes.ts'
import { type ArrayEntry, elementCount } from '../formats/array.ts'
import { UserError } from '../lib/errors.ts'
import type { TokenSpan } from '../lib/token-span.ts'
import { spanTokens } from '../model/token-spans.ts'
import type { ModelFiles } from './model-files.ts'
import type { Tokenized } from './protocol.ts'

/** Gemma's <pad> and <bos>. */
export const PAD_ID = 0
const BOS_ID = 2
/** Gemma 2 and 3 of every size share their tokenizer; smaller vocabularies are a model's own. */
const SHARED_VOCABULARY = 256_000

/** Positions of one sequence that are tokens; what lies around them is padding. */
export interface SequenceRange {
  start: number
  length: number
}

/** Where the tokens of each sequence come from. */
export type TokenSource =
  | { kind: 'strings'; read(sequence: number, range: SequenceRange): Promise<string[]> }
  | { kind: 'ids'; read(sequence: number, range: SequenceRange): Promise<number[]> }
  | { kind: 'none' }

/**
 * Strings before ids, arrays before notes. `grid` is [sequences, length] of the activations; UserError where an
 * array or a list of tokens is of another size.
 */
export function tokenSource(
  parts: ActivationsParts,
  notes: ActivationsNotes,
  grid: readonly [number, number],
  signal?: AbortSignal,
): TokenSource {
  const { tokens, ids } = parts
  if (tokens?.readStrings) {
    const read = tokens.readStrings.bind(tokens)
    expectGrid(tokens, grid)
    return { kind: 'strings', read: (at, { start, length }) => read(at * grid[1] + start, length, signal) }
  }
  if (notes.tokens) {
    const lists = expectLists(notes.tokens, 'tokens', grid)
    return { kind: 'strings', read: async (at, range) => part(lists[at], range, grid[1]) }
  }
  if (ids) {
    expectGrid(ids, grid)
    return {
      kind: 'ids',
      read: async (at, { start, length }) =>
        Array.from(await ids.readFloat64(at * grid[1] + start, length, signal)),
    }
  }
  if (notes.ids) {
    const lists = expectLists(notes.ids, 'ids', grid)
    return { kind: 'ids', read: async (at, range) => part(lists[at], range, grid[1]) }
  }
  return { kind: 'none' }
}

export interface ReadTokens extends Tokenized {
  spans: TokenSpan[]
  notices: string[]
}

/** The tokens of one sequence as a run shows them; `widthFits` says whether `model` can be the activations' own. */
export async function readTokens(
  source: TokenSource,
  sequence: number,
  range: SequenceRange,
  model: ModelFiles | undefined,
  widthFits: boolean,
): Promise<ReadTokens> {
  if (source.kind === 'strings') {
    const tokens = await source.read(sequence, range)
    return { ids: [], tokens, spans: stringSpans(tokens), notices: missingBos(tokens[0] === '<bos>') }
  }
  if (source.kind === 'ids') {
    const ids = await source.read(sequence, range)
    const tokenizer = model?.tokenizer
    const pieces = ids.map((id) => tokenizer?.piece(id))
    const same = model !== undefined && (model.config.vocabSize >= SHARED_VOCABULARY || widthFits)
    const notices = missingBos(ids[0] === (same ? model.config.bosTokenId : BOS_ID))
    if (tokenizer && same && pieces.every((piece) => piece !== undefined))
      return { ids, tokens: pieces, spans: tokenizer.spans(ids), notices }
    notices.push(
      'Token ids are shown: no model with their tokenizer is open. Token strings in the file would be shown as words.',
    )
    return { ids, ...numbered(ids), notices }
  }
  const positions = Array.from({ length: range.length }, (_, position) => position)
  return {
    ids: [],
    ...numbered(positions),
    notices: ['The file names no tokens: their positions are shown.'],
  }
}

function numbered(numbers: readonly number[]): Pick<ReadTokens, 'tokens' | 'spans'> {
  return {
    tokens: numbers.map(String),
    spans: numbers.map((number, first) => ({ first, count: 1, text: String(number), special: false })),
  }
}

function missingBos(present: boolean): string[] {
  if (present) return []
  return [
    'The sequence does not begin with <bos>: without it Gemma’s activations are not those the SAE was trained on (peaks are 30 to 45% lower). Its first token is left out of L0 and FVU all the same.',
  ]
}

const SPECIAL = /^<(?:bos|eos|pad|unk|mask|start_of_turn|end_of_turn|unused\d+)>$/

/** Spans of token strings: SentencePiece's ▁, byte pieces, or the Ġ and Ċ of byte-level vocabularies. */
export function stringSpans(tokens: readonly string[]): TokenSpan[] {
  const byteLevel = tokens.some((token) => token.startsWith('Ġ')) && !tokens.some((t) => t.includes('▁'))
  return spanTokens(
    tokens.map((token) => ({
      piece: byteLevel ? token.replaceAll('Ġ', ' ').replaceAll('Ċ', '\n') : token,
      special: SPECIAL.test(token),
    })),
  )
}

/** UserError unless `entry` has one element a token: [B, T], or [T] for one sequence. */
export function expectGrid(entry: ArrayEntry, [sequences, length]: readonly [number, number]): void {
  if (elementCount(entry.shape) === sequences * length && entry.shape.at(-1) === length) return
  throw mismatch(
    `The array "${entry.name}" is [${entry.shape.join(', ')}]; the activations have ${sequences} × ${length} tokens.`,
  )
}

/** Lists may be shorter where sequences are padded on the right; the longest fills the array. */
function expectLists<T>(lists: readonly T[][], name: string, [sequences, length]: readonly [number, number]) {
  if (lists.length !== sequences)
    throw mismatch(`"${name}" lists ${lists.length} sequences; the activations have ${sequences}.`)
  const longest = Math.max(...lists.map((list) => list.length))
  if (longest !== length)
    throw mismatch(`"${name}" lists ${longest} tokens; the activations have ${length} a sequence.`)
  return lists
}

function part<T>(list: readonly T[], { start, length }: SequenceRange, padded: number): T[] {
  return list.length === padded ? list.slice(start, start + length) : list.slice(0, length)
}

function mismatch(detail: string): UserError {
  return new UserError({
    title: 'The tokens do not fit the activations.',
    detail,
    remedy: 'Write both from the same run of the model, padding included.',
  })
}

// Which positions of padded sequences are tokens: by a mask, by lengths, by the lists of tokens, or by <pad> ids.
import type { ActivationsParts } from '../formats/activations-file.ts'
import type { ActivationsNotes } from '../formats/activations-notes.ts'
import type { ArrayEntry } from '../formats/array.ts'
import { UserError } from '../lib/errors.ts'
import { expectGrid, PAD_ID, type SequenceRange } from './given-tokens.ts'

/** Elements of a mask or of ids read at once. */
const BLOCK = 1 << 20

/** The range of each of `sequences` sequences of `length` positions. UserError where mask or lengths do not fit. */
export async function sequenceRanges(
  parts: ActivationsParts,
  notes: ActivationsNotes,
  [sequences, length]: readonly [number, number],
  signal?: AbortSignal,
): Promise<SequenceRange[]> {
  const grid = [sequences, length] as const
  if (parts.mask) {
    const ranges = await scan(parts.mask, grid, (value) => value !== 0, signal)
    return ranges.map(({ gap, ...range }, sequence) => (gap === undefined ? range : refuse(sequence, gap)))
  }
  const lengths = parts.lengths
    ? Array.from(await parts.lengths.readFloat64(0, parts.lengths.shape[0] ?? 0, signal))
    : notes.lengths
  if (lengths) return lengths.length === sequences ? lengths.map(within(length)) : fail(lengths, sequences)
  const lists = notes.tokens ?? notes.ids
  if (lists?.length === sequences && lists.some((list) => list.length < length))
    return lists.map((list) => ({ start: 0, length: Math.min(list.length, length) }))
  if (parts.ids) return scan(parts.ids, grid, (id) => id !== PAD_ID, signal)
  if (notes.ids?.length === sequences) return notes.ids.map((ids) => rangeOf(ids, (id) => id !== PAD_ID))
  return Array.from({ length: sequences }, () => ({ start: 0, length }))
}

/** Reads [B, T] in blocks of whole rows, so that masks of large files are never in memory as a whole. */
async function scan(
  entry: ArrayEntry,
  grid: readonly [number, number],
  isToken: (value: number) => boolean,
  signal?: AbortSignal,
): Promise<(SequenceRange & { gap?: number })[]> {
  expectGrid(entry, grid)
  const [sequences, length] = grid
  const rows = Math.max(1, Math.floor(BLOCK / length))
  const ranges: (SequenceRange & { gap?: number })[] = []
  for (let first = 0; first < sequences; first += rows) {
    const count = Math.min(rows, sequences - first)
    const block = await entry.readFloat64(first * length, count * length, signal)
    for (let row = 0; row < count; row += 1)
      ranges.push(rangeOf(block.subarray(row * length, (row + 1) * length), isToken))
  }
  return ranges
}

/** From the first token to the last; `gap` is a position between them that is none. */
function rangeOf(
  values: ArrayLike<number>,
  isToken: (value: number) => boolean,
): SequenceRange & { gap?: number } {
  let start = 0
  let end = values.length
  while (start < end && !isToken(values[start])) start += 1
  while (end > start && !isToken(values[end - 1])) end -= 1
  for (let gap = start; gap < end; gap += 1) {
    if (!isToken(values[gap])) return { start, length: end - start, gap }
  }
  return { start, length: end - start }
}

function refuse(sequence: number, position: number): never {
  throw new UserError({
    title: 'The padding of these activations cannot be cut off.',
    detail: `The mask of sequence ${sequence + 1} leaves out position ${position}, between its tokens.`,
    remedy: 'Pad sequences on one side only, or write one sequence a file.',
  })
}

function within(longest: number) {
  return (length: number, sequence: number): SequenceRange => {
    if (Number.isInteger(length) && length >= 0 && length <= longest) return { start: 0, length }
    throw new UserError({
      title: 'The lengths do not fit the activations.',
      detail: `Sequence ${sequence + 1} is said to have ${length} tokens; the activations have ${longest}.`,
      remedy: 'Give one length a sequence, at most the second number of the shape.',
    })
  }
}

function fail(lengths: readonly number[], sequences: number): never {
  throw new UserError({
    title: 'The lengths do not fit the activations.',
    detail: `There are ${lengths.length} lengths for ${sequences} sequences.`,
    remedy: 'Give one length a sequence.',
  })
}

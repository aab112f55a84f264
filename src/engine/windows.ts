// Texts longer than a model's context are run in windows: each begins with <bos>, as Gemma was trained to expect.
import type { TokenSpan } from '../lib/token-span.ts'

/** Tokens of a window at most: what Gemma Scope's SAEs were trained on (arXiv 2408.05147, §3.3). */
export const WINDOW_TOKENS = 1024

/**
 * Ids in windows of at most `length`. One window holds them as they are; of more, each has `bos` in front of as many
 * further ids as fit, so that no token is left out and none is run twice.
 */
export function windowsOf(ids: readonly number[], bos: number, length: number): number[][] {
  if (ids.length <= length || length < 2) return [[...ids]]
  const rest = ids[0] === bos ? ids.slice(1) : ids
  const windows: number[][] = []
  for (let at = 0; at < rest.length; at += length - 1) windows.push([bos, ...rest.slice(at, at + length - 1)])
  return windows
}

/** The first row of each window when they are laid one after another. */
export function firstRows(windows: readonly { length: number }[]): number[] {
  let next = 0
  return windows.map(({ length }) => {
    const first = next
    next += length
    return first
  })
}

/** Spans of each window's tokens, counted through all of them. */
export function joinSpans(
  windows: readonly number[][],
  spansOf: (ids: readonly number[]) => TokenSpan[],
): TokenSpan[] {
  const firsts = firstRows(windows)
  return windows.flatMap((ids, w) => spansOf(ids).map((span) => ({ ...span, first: span.first + firsts[w] })))
}

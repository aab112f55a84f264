// Groups token ids into what a person reads: byte pieces become the character they form, ▁ becomes a space.
import type { TokenSpan } from '../lib/token-span.ts'

/** What `spanTokens` needs to know of one token. */
export interface TokenPiece {
  /** The vocabulary's own piece, "▁the" or "<0xE2>". */
  piece: string
  /** True for <bos> and its like, never for characters of the text. */
  special: boolean
}

/** Gemma writes a space as U+2581. */
const SPACE_MARK = /\u2581/g
const BYTE_PIECE = /^<0x([0-9A-F]{2})>$/
const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/** Spans in order, covering every position once. Bytes that form no valid UTF-8 stay single, as "<0xNN>". */
export function spanTokens(tokens: readonly TokenPiece[]): TokenSpan[] {
  const spans: TokenSpan[] = []
  let first = 0
  while (first < tokens.length) {
    const { piece, special } = tokens[first]
    const character = special ? undefined : characterAt(tokens, first)
    const count = character?.count ?? 1
    const text = character?.text ?? (special ? piece : piece.replace(SPACE_MARK, ' '))
    spans.push({ first, count, text, special })
    first += count
  }
  return spans
}

/** The character that the byte pieces from `first` on form; undefined where they form none. */
function characterAt(
  tokens: readonly TokenPiece[],
  first: number,
): { text: string; count: number } | undefined {
  const lead = byteOf(tokens[first])
  if (lead === undefined) return undefined
  // The lead byte tells the length (RFC 3629 §3); the decoder refuses whatever is still not a character.
  const count = lead < 0x80 ? 1 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4
  const bytes = tokens.slice(first, first + count).map(byteOf)
  if (bytes.length < count || !bytes.every((byte) => byte !== undefined)) return undefined
  try {
    return { text: utf8.decode(Uint8Array.from(bytes)), count }
  } catch {
    return undefined
  }
}

function byteOf({ piece, special }: TokenPiece): number | undefined {
  const match = special ? undefined : BYTE_PIECE.exec(piece)
  return match ? Number.parseInt(match[1], 16) : undefined
}

// Tokens as a person can read them: spaces, line ends and invisible characters get a sign of their own.

export type TokenPiece =
  | { kind: 'text'; text: string }
  | { kind: 'space'; text: string }
  | { kind: 'newline' }
  /** A character nobody could see otherwise; `text` is its sign or its code point. */
  | { kind: 'sign'; text: string }

/** Controls, format characters (zero width, bidirectional), separators and lone surrogates. */
const INVISIBLE = /[\p{Cc}\p{Cf}\p{Co}\p{Cs}\p{Zl}\p{Zp}]|[^\P{Zs} ]/u

/** Splits a token's text into what is drawn; joined emoji stay whole. */
export function tokenPieces(text: string): TokenPiece[] {
  const pieces: TokenPiece[] = []
  for (const part of text.match(/ |\n|[^ \n]+/gu) ?? []) {
    if (part === ' ') pieces.push({ kind: 'space', text: part })
    else if (part === '\n') pieces.push({ kind: 'newline' })
    else pieces.push(...visiblePieces(part))
  }
  return pieces
}

function visiblePieces(part: string): TokenPiece[] {
  // A zero-width joiner or variation selector between visible characters belongs to an emoji or a script.
  if (!INVISIBLE.test(part.replace(/(?<=\S)[\u200c\u200d](?=\S)/gu, '')))
    return [{ kind: 'text', text: part }]
  const pieces: TokenPiece[] = []
  let plain = ''
  const flush = (): void => {
    if (plain) pieces.push({ kind: 'text', text: plain })
    plain = ''
  }
  for (const character of part) {
    if (INVISIBLE.test(character)) {
      flush()
      pieces.push({ kind: 'sign', text: signOf(character) })
    } else plain += character
  }
  flush()
  return pieces
}

function signOf(character: string): string {
  if (character === '\t') return '⇥'
  const code = character.codePointAt(0) ?? 0
  return `U+${code.toString(16).toUpperCase().padStart(4, '0')}`
}

/** The token in one line, for names and tooltips: “ machine”, “↵”. */
export function tokenName(text: string): string {
  const drawn = tokenPieces(text).map((piece) => (piece.kind === 'newline' ? '↵' : piece.text))
  return `“${drawn.join('')}”`
}

/** The token in as little room as it can be told in: no spaces around it, a sign where nothing else is left. */
export function shortToken(text: string): string {
  return tokenName(text).slice(1, -1).trim() || '␣'
}

/** A vocabulary piece as text: SentencePiece's ▁ is a space. */
export function pieceText(piece: string): string {
  return piece.replaceAll('▁', ' ')
}

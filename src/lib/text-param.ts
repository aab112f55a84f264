// Texts inside an address: plain while short, deflated (RFC 1951) and base64url when long.
import { deflateSync, Inflate } from 'fflate'
import { UserError } from './errors.ts'

/** Longest percent-encoded text that stays readable in the address. */
const PLAIN_LIMIT = 700
/** Bytes a link's text may unpack to; far above any context, far below what would hurt. */
const UNPACKED_LIMIT = 4_000_000
const CHUNK = 2048

/** `["text", "…"]` or `["z", "…"]`, the value ready for the address. Lone surrogates become U+FFFD: no model reads them. */
export function encodeText(text: string, plainName: string, packedName = 'z'): [name: string, value: string] {
  const wellFormed = text.toWellFormed()
  const plain = encodePart(wellFormed)
  if (plain.length <= PLAIN_LIMIT) return [plainName, plain]
  const packed = toBase64Url(deflateSync(new TextEncoder().encode(wellFormed), { level: 9 }))
  return packed.length < plain.length ? [packedName, packed] : [plainName, plain]
}

/** The text of a `z=` value. Throws UserError when it is damaged or unpacks to too much. */
export function decodePacked(value: string): string {
  const bytes = fromBase64Url(value)
  const parts: Uint8Array[] = []
  let size = 0
  let finished = false
  const inflate = new Inflate((part, final) => {
    parts.push(part)
    size += part.length
    finished = final
  })
  try {
    // In small pieces, so that a hostile link is stopped long before it fills the memory.
    for (let at = 0; at < bytes.length && size <= UNPACKED_LIMIT; at += CHUNK) {
      inflate.push(bytes.subarray(at, at + CHUNK), at + CHUNK >= bytes.length)
    }
  } catch (cause) {
    throw damaged('Its packed text cannot be unpacked.', cause)
  }
  if (size > UNPACKED_LIMIT) throw damaged('Its packed text is larger than 4 MB.')
  if (!finished) throw damaged('Its packed text ends too early.')
  const joined = new Uint8Array(size)
  let at = 0
  for (const part of parts) {
    joined.set(part, at)
    at += part.length
  }
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(joined)
  } catch (cause) {
    throw damaged('Its packed text is not UTF-8.', cause)
  }
}

/** Percent-encodes one part of an address, with the marks that end a link in mails and chats encoded too. */
export function encodePart(text: string): string {
  return encodeURIComponent(text.toWellFormed()).replace(
    /[!'()*]|[.~_-]$/g,
    (mark) => `%${mark.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0')}`,
  )
}

/** Undoes `encodePart`; "+" is a space, as in Neuronpedia's links. Throws UserError on a broken escape. */
export function decodePart(part: string): string {
  try {
    return decodeURIComponent(part.replaceAll('+', ' '))
  } catch (cause) {
    throw damaged(
      `“${part.length > 80 ? `${part.slice(0, 80)}…` : part}” has a broken percent-escape.`,
      cause,
    )
  }
}

function damaged(detail: string, cause?: unknown): UserError {
  return new UserError(
    {
      title: 'This link is damaged.',
      detail,
      remedy: 'It may have been cut when it was copied: ask for it again, or start from the front page.',
    },
    { cause },
  )
}

function toBase64Url(bytes: Uint8Array): string {
  let binary = ''
  for (const byte of bytes) binary += String.fromCharCode(byte)
  return btoa(binary).replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '')
}

function fromBase64Url(text: string): Uint8Array {
  try {
    const binary = atob(text.replaceAll('-', '+').replaceAll('_', '/'))
    return Uint8Array.from(binary, (character) => character.charCodeAt(0))
  } catch (cause) {
    throw damaged('Its packed text has characters that do not belong there.', cause)
  }
}

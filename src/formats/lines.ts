// A file's text, line by line or whole, gzip undone on the way: at no time more of it in memory than was asked for.
import type { ByteSource } from '../lib/byte-source.ts'
import { isAbort, UserError } from '../lib/errors.ts'

interface TextLimits {
  /** Bytes the file may unpack to. */
  unpacked: number
  /** Characters of one line; longer ones are given without text. */
  line: number
}

interface Reading {
  limits: TextLimits
  signal?: AbortSignal
  /** Hears how many of the file's own bytes were read. */
  onBytes?: (done: number) => void
}

export interface Line {
  /** From 1. */
  number: number
  /** Undefined for a line longer than the limit. */
  text: string | undefined
}

/** Bytes asked of a file at once. */
const PIECE = 256 * 1024

/** The lines of a text file, empty ones left out. UserError where it is damaged or unpacks to too much. */
export async function* readLines(source: ByteSource, reading: Reading): AsyncGenerator<Line> {
  const { limits } = reading
  let number = 1
  let rest = ''
  let overlong = false
  for await (const part of readText(source, reading)) {
    const pieces = part.split('\n')
    for (const [at, piece] of pieces.entries()) {
      if (!overlong) rest += piece
      if (rest.length > limits.line) {
        overlong = true
        rest = ''
      }
      if (at === pieces.length - 1) break
      if (overlong || rest.trim() !== '') yield { number, text: overlong ? undefined : rest }
      number += 1
      rest = ''
      overlong = false
    }
  }
  if (overlong || rest.trim() !== '') yield { number, text: overlong ? undefined : rest }
}

/** The text of a file, in parts as they come. UserError where it is damaged or unpacks to too much. */
export async function* readText(
  source: ByteSource,
  { limits, signal, onBytes }: Reading,
): AsyncGenerator<string> {
  const head = await source.read(0, Math.min(2, source.size), signal)
  const packed = head[0] === 0x1f && head[1] === 0x8b
  let at = 0
  const bytes = new ReadableStream<Uint8Array<ArrayBuffer>>({
    async pull(controller) {
      signal?.throwIfAborted()
      const length = Math.min(PIECE, source.size - at)
      if (length === 0) return controller.close()
      const piece = await source.read(at, length, signal)
      at += length
      onBytes?.(at)
      controller.enqueue(piece)
    },
  })
  const plain = packed ? bytes.pipeThrough(new DecompressionStream('gzip')) : bytes
  const decoder = new TextDecoder()
  const reader = plain.getReader()
  let size = 0
  try {
    for (;;) {
      const { done, value } = await reader.read()
      if (done) break
      size += value.byteLength
      if (size > limits.unpacked) throw tooLarge(source.name, limits.unpacked)
      yield decoder.decode(value, { stream: true })
    }
    yield decoder.decode()
  } catch (error) {
    // The rest is the decompressor's, of a cut or broken file.
    if (packed && !(error instanceof UserError) && !isAbort(error)) throw damaged(source.name, error)
    throw error
  } finally {
    await reader.cancel().catch(() => undefined)
  }
}

function tooLarge(name: string, limit: number): UserError {
  return new UserError({
    title: `${name} is too large.`,
    detail: `It holds more than ${Math.round(limit / 1e6)} MB of text.`,
    remedy: 'Give it in parts: one batch, or one feature, a file.',
  })
}

function damaged(name: string, cause: unknown): UserError {
  return new UserError(
    {
      title: `${name} is damaged.`,
      detail: 'Its gzip data end too early or have been changed.',
      remedy: 'Download it again.',
    },
    { cause },
  )
}

// A deflated zip member as a ByteSource: reads that follow one another go on from where the inflater is, a read of
// earlier bytes starts it again. What is held is one piece of input and what that piece gives.
import { Inflate } from 'fflate'
import type { ByteSource } from '../lib/byte-source.ts'
import { UserError } from '../lib/errors.ts'
import { serialQueue } from '../lib/serial-queue.ts'
import { crc32 } from './crc32.ts'
import { brokenZip, type ZipMember } from './zip.ts'

/** Bytes of input fetched at once, and given to the inflater at once: of these deflate makes 33 MB at most. */
const FETCH = 1 << 20
const STEP = 32 << 10
const LARGEST_RATIO = 1032

/** The inflater and what it has given. */
interface Run {
  inflater: Inflate
  /** Input given to it so far. */
  taken: number
  /** Input fetched and not given to it yet. */
  fetched: Uint8Array<ArrayBuffer>
  /** Where in the member `pieces` begin and end. */
  start: number
  produced: number
  pieces: Uint8Array[]
  crc: number
}

/**
 * The contents of `member`, whose deflated data begin at `dataOffset` of `source`. Never gives more than the size
 * the directory claims. The checksum is compared when the end is reached, which is always in order.
 */
export function inflatedMember(source: ByteSource, member: ZipMember, dataOffset: number): ByteSource {
  const { name, compressed, size, crc } = member
  // Deflating nothing gives two bytes.
  if (compressed < 2 || size > compressed * LARGEST_RATIO) {
    throw brokenZip(source, `"${name}" claims ${size} bytes; its ${compressed} cannot hold so many.`)
  }
  const inTurn = serialQueue()
  let run: Run | undefined

  function begin(): Run {
    const started: Run = {
      inflater: new Inflate(),
      ...{ taken: 0, fetched: new Uint8Array(0), start: 0, produced: 0, pieces: [], crc: 0 },
    }
    started.inflater.ondata = (piece) => {
      started.produced += piece.length
      if (started.produced > size) throw damaged('It is longer than the directory says.')
      started.crc = crc32(started.crc, piece)
      if (piece.length > 0) started.pieces.push(piece)
    }
    return started
  }

  /** Gives the inflater its next input. */
  async function advance(at: Run, signal?: AbortSignal): Promise<void> {
    if (at.fetched.length === 0) {
      signal?.throwIfAborted()
      const length = Math.min(FETCH, compressed - at.taken)
      at.fetched = await source.read(dataOffset + at.taken, length, signal)
    }
    const input = at.fetched.subarray(0, STEP)
    at.fetched = at.fetched.subarray(input.length)
    at.taken += input.length
    const last = at.taken === compressed
    try {
      at.inflater.push(input, last)
    } catch (error) {
      if (error instanceof UserError) throw error
      throw damaged(error instanceof Error ? error.message : String(error))
    }
    if (!last) return
    if (at.produced < size) throw damaged(`It ends after ${at.produced} of ${size} bytes.`)
    if (at.crc !== crc) throw damaged('Its checksum is wrong.')
  }

  function damaged(detail: string): UserError {
    return brokenZip(source, `The compressed member "${name}" is damaged. ${detail}`)
  }

  /** Forgets pieces that end before `offset`, all but the last: headers are read twice. */
  function forget(at: Run, offset: number): void {
    while (at.pieces.length > 1 && at.start + at.pieces[0].length <= offset) {
      at.start += at.pieces.shift()?.length ?? 0
    }
  }

  async function read(
    offset: number,
    length: number,
    signal?: AbortSignal,
  ): Promise<Uint8Array<ArrayBuffer>> {
    if (offset < 0 || offset + length > size)
      throw new RangeError(`${name}: bytes ${offset} to ${offset + length} of ${size}`)
    const current = run && offset >= run.start ? run : begin()
    // A failed run is not gone on with.
    run = undefined
    const out = new Uint8Array(length)
    let filled = 0
    for (;;) {
      let pieceStart = current.start
      for (const piece of current.pieces) {
        const from = offset + filled - pieceStart
        if (filled < length && from >= 0 && from < piece.length) {
          const part = piece.subarray(from, from + length - filled)
          out.set(part, filled)
          filled += part.length
        }
        pieceStart += piece.length
      }
      forget(current, offset + filled)
      const ended = current.taken === compressed
      // The last bytes are given out only when the checksum was seen to be right.
      if (ended || (filled === length && offset + length < size)) break
      await advance(current, signal)
    }
    run = current
    return out
  }

  return {
    name: `${source.name}/${name}`,
    size,
    read: (offset, length, signal) => inTurn(() => read(offset, length, signal)),
  }
}

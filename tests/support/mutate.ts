// Damages files the way lost connections, bad disks and careless programs do, and the way an attacker would.
import fc from 'fast-check'
import { join } from '../../src/hub/http-body.ts'

export type Edit =
  | { kind: 'bytes'; at: number; bytes: number[] }
  | { kind: 'flip'; at: number; bit: number }
  | { kind: 'copy'; from: number; at: number; count: number }
  | { kind: 'remove'; at: number; count: number }
  | { kind: 'insert'; at: number; bytes: number[] }
  | { kind: 'cut'; at: number }

/** What sizes, offsets, types and headers are tempted with. */
const WORDS = [
  0n,
  1n,
  2n,
  0x7fn,
  0x80n,
  0xffn,
  0xffffn,
  0x7fffffffn,
  0x80000000n,
  0xfffffffen,
  0xffffffffn,
].concat([...[2n ** 32n, 2n ** 53n - 1n, 2n ** 53n, 2n ** 63n, 2n ** 64n - 1n]])
const CHARACTERS = '0123456789fiubUSO<>|=,.:(){}[]\'"TrueFalse \n\\-+e'

/** One edit or a few in a file of `size` bytes, half of them at `structural` places. */
export function anyEdits(size: number, structural: readonly number[]): fc.Arbitrary<Edit[]> {
  const at = fc.oneof(
    fc.nat(structural.length - 1).map((i) => structural[i]),
    fc.nat(size - 1),
  )
  const byte = fc.integer({ min: 0, max: 255 })
  const word = fc
    .record({ value: fc.constantFrom(...WORDS), width: fc.constantFrom(1, 2, 4, 8) })
    .map(({ value, width }) =>
      Array.from({ length: width }, (_, i) => Number((value >> BigInt(8 * i)) & 255n)),
    )
  const character = fc.constantFrom(...CHARACTERS).map((c) => [c.charCodeAt(0)])
  const bytes = fc.oneof(
    word,
    character,
    byte.map((value) => [value]),
  )
  const count = fc.integer({ min: 1, max: 64 })
  const edit = fc.oneof<fc.WeightedArbitrary<Edit>[]>(
    { weight: 8, arbitrary: fc.record({ kind: fc.constant('bytes'), at, bytes }) },
    { weight: 6, arbitrary: fc.record({ kind: fc.constant('flip'), at, bit: fc.nat(7) }) },
    { weight: 1, arbitrary: fc.record({ kind: fc.constant('copy'), from: at, at, count }) },
    { weight: 1, arbitrary: fc.record({ kind: fc.constant('remove'), at, count }) },
    {
      weight: 1,
      arbitrary: fc.record({ kind: fc.constant('insert'), at, bytes: fc.array(byte, { maxLength: 20 }) }),
    },
    { weight: 1, arbitrary: fc.record({ kind: fc.constant('cut'), at }) },
  )
  return fc.oneof(
    edit.map((one) => [one]),
    fc.array(edit, { minLength: 1, maxLength: 4 }),
  )
}

export function applyEdits(file: Uint8Array<ArrayBuffer>, edits: readonly Edit[]): Uint8Array<ArrayBuffer> {
  return edits.reduce((bytes, edit) => apply(bytes, edit), file.slice())
}

function apply(file: Uint8Array<ArrayBuffer>, edit: Edit): Uint8Array<ArrayBuffer> {
  const at = Math.min(edit.at, file.length)
  switch (edit.kind) {
    case 'bytes':
      file.set(edit.bytes.slice(0, file.length - at), at)
      return file
    case 'flip':
      if (at < file.length) file[at] ^= 1 << edit.bit
      return file
    case 'copy':
      file.copyWithin(at, edit.from, edit.from + edit.count)
      return file
    case 'remove':
      return join([file.subarray(0, at), file.subarray(at + edit.count)])
    case 'insert':
      return join([file.subarray(0, at), Uint8Array.from(edit.bytes), file.subarray(at)])
    case 'cut':
      return file.slice(0, at)
  }
}

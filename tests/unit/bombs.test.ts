// Files that are small and want to become large: refused, or read in parts within bounds, with an error a person can read.
import { constants, deflateRawSync } from 'node:zlib'
import { Zip, type ZipInputFile } from 'fflate'
import { expect, test } from 'vitest'
import type { IndexFiles } from '../../src/activation-index/store.ts'
import { readJson } from '../../src/activation-index/store.ts'
import { readNpz } from '../../src/formats/npz.ts'
import { localFiles, parseJson } from '../../src/hub/file-set.ts'
import { memorySource } from '../../src/lib/byte-source.ts'
import { UserError } from '../../src/lib/errors.ts'
import { LARGEST_TEXT } from '../../src/lib/text-limit.ts'
import { parseGemmaConfig } from '../../src/model/config.ts'
import { npyFile } from '../support/array-files.ts'

const GB = 1 << 30
const ELEMENTS = GB / 4

/** An .npz of about 1 MB whose one member inflates to a gigabyte of zeros. */
function zeros(): Uint8Array<ArrayBuffer> {
  const parts: Uint8Array[] = []
  const zip = new Zip((_, part) => void parts.push(part))
  const header = npyFile(
    `{'descr': '<f4', 'fortran_order': False, 'shape': (${ELEMENTS},), }`,
    new Uint8Array(0),
  )
  const member: ZipInputFile = { filename: 'x.npy', size: header.length + GB, crc: 0, compression: 8 }
  zip.add(member)
  const give = (bytes: Uint8Array, last: boolean): void => member.ondata?.(null, new Uint8Array(bytes), last)
  // Each flushed piece stands for itself, so that one serves 256 times.
  const flushed = (bytes: Uint8Array): Uint8Array =>
    deflateRawSync(bytes, { finishFlush: constants.Z_FULL_FLUSH })
  const block = flushed(new Uint8Array(1 << 22))
  give(flushed(header), false)
  for (let at = 0; at < GB; at += 1 << 22) give(block, false)
  give(deflateRawSync(new Uint8Array(0)), true)
  zip.end()
  return new Uint8Array(Buffer.concat(parts))
}

test('an npz that inflates to a gigabyte is opened and read without holding it', {
  timeout: 120_000,
}, async () => {
  const file = zeros()
  expect(file.length).toBeLessThan(2e6)
  const before = process.memoryUsage().arrayBuffers
  const array = (await readNpz(memorySource('bomb.npz', file))).get('x')
  expect(array?.shape).toEqual([ELEMENTS])
  const middle = await array?.readFloat32(ELEMENTS / 16, 1000)
  expect(middle).toEqual(new Float32Array(1000))
  expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(200e6)
})

test('deeply nested JSON is no configuration, and is said to be none', () => {
  const depth = 2_000_000
  for (const text of [
    '['.repeat(depth) + ']'.repeat(depth),
    `${'{"a":'.repeat(depth)}1${'}'.repeat(depth)}`,
  ]) {
    let thrown: unknown
    try {
      parseGemmaConfig(parseJson(text, 'config.json'))
    } catch (error) {
      thrown = error
    }
    expect(thrown).toBeInstanceOf(UserError)
  }
})

test('a file that would be read whole as text is refused above the bound, before a byte of it is read', async () => {
  const size = LARGEST_TEXT + 1
  const unread = () => {
    throw new Error('it was read')
  }
  const file = Object.defineProperties(new File([], 'config.json'), {
    size: { value: size },
    text: { value: unread },
  })
  const refusal = { title: expect.stringMatching(/is too large/), detail: expect.stringContaining(`${size}`) }
  await expect(localFiles([file]).text('config.json')).rejects.toMatchObject(refusal)
  const files: IndexFiles = { source: async (name) => ({ name, size, read: async () => unread() }) }
  await expect(readJson(files, 'manifest.json')).rejects.toMatchObject(refusal)
})

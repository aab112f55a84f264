import fc from 'fast-check'
import { expect, test } from 'vitest'
import { withReadAhead } from '../../src/hub/read-ahead.ts'
import { type ByteSource, memorySource } from '../../src/lib/byte-source.ts'

const SIZE = 5 * 1024 * 1024 + 123
const BYTES = Uint8Array.from({ length: SIZE }, (_, i) => (i * 2654435761) >>> 24)

function counted(): { source: ByteSource; requests: () => number; bytes: () => number } {
  const inner = memorySource('file', BYTES)
  let requests = 0
  let bytes = 0
  const source: ByteSource = {
    ...inner,
    read: (offset, length) => {
      requests += 1
      bytes += length
      return inner.read(offset, length)
    },
  }
  return { source: withReadAhead(source), requests: () => requests, bytes: () => bytes }
}

test('neighbouring tensors take few requests, and no byte is fetched twice', async () => {
  const { source, requests, bytes } = counted()
  for (let at = 0; at + 50_000 <= SIZE; at += 50_000) await source.read(at, 50_000)
  expect(requests()).toBe(5)
  expect(bytes()).toBe(5 * 1024 * 1024)
})

test('reads at the same time share a request, and a failed one is tried again', async () => {
  const { source, requests } = counted()
  await Promise.all([source.read(100_000, 50_000), source.read(300_000, 50_000)])
  expect(requests()).toBe(1)
  let failures = 1
  const flaky = withReadAhead({
    name: 'flaky',
    size: SIZE,
    read: async (offset, length) => {
      if (failures-- > 0) throw new Error('cut off')
      return BYTES.slice(offset, offset + length)
    },
  })
  await expect(flaky.read(0, 50_000)).rejects.toThrow('cut off')
  expect((await flaky.read(0, 50_000)).length).toBe(50_000)
})

test('a lone row fetches only itself, and so does a large matrix', async () => {
  const { source, bytes } = counted()
  await source.read(3_000_000, 256)
  await source.read(1_000_000, 2_000_000)
  expect(bytes()).toBe(2_000_256)
})

test('any sequence of reads gives the file’s own bytes', async () => {
  const place = fc.tuple(fc.nat(SIZE - 1), fc.oneof(fc.nat(40_000), fc.nat(2_000_000)))
  await fc.assert(
    fc.asyncProperty(fc.array(place, { maxLength: 12 }), async (places) => {
      const { source } = counted()
      for (const [offset, wanted] of places) {
        const length = Math.min(wanted, SIZE - offset)
        const found = await source.read(offset, length)
        expect(Buffer.compare(found, BYTES.subarray(offset, offset + length))).toBe(0)
      }
    }),
    { numRuns: 60 },
  )
})

test('a streamed matrix passes by, and a streamed small tensor shares its block', async () => {
  const inner = memorySource('file', BYTES)
  const asked: [how: string, length: number][] = []
  const source = withReadAhead({
    ...inner,
    read: (offset, length) => {
      asked.push(['read', length])
      return inner.read(offset, length)
    },
    stream: async (offset, length, onBytes) => {
      asked.push(['stream', length])
      await onBytes(BYTES.slice(offset, offset + length))
    },
  })
  const streamed = async (offset: number, length: number): Promise<number[]> => {
    const parts: number[] = []
    await source.stream?.(offset, length, (part) => {
      for (const byte of part) parts.push(byte)
    })
    return parts
  }
  expect(await streamed(100_000, 50_000)).toEqual([...BYTES.subarray(100_000, 150_000)])
  expect(await streamed(160_000, 50_000)).toEqual([...BYTES.subarray(160_000, 210_000)])
  expect((await streamed(500_000, 2_000_000)).length).toBe(2_000_000)
  expect(asked).toEqual([
    ['read', 1024 * 1024],
    ['stream', 2_000_000],
  ])
})

// Sizes as Gemma Scope has them, on adapters that bind little: real width, 16 MB bindings, a million features streamed.
import { expect, test } from 'vitest'
import type { ArrayFile } from '../../src/formats/array.ts'
import { packFloat16 } from '../../src/lib/float16.ts'
import { openSae } from '../../src/sae/sae.ts'
import { ALL_TILES } from '../../src/sae/webgpu/tuning.ts'
import { floatEntry } from '../support/float-entry.ts'
import { gpuForTests } from '../support/gpu.ts'
import { bytesEqual, cpu, expectSameFeatures, expectSameRows } from '../support/sae-behaviour.ts'
import { makeCase, saeFile } from '../support/sae-cases.ts'

/** Runs `work` and gives back the largest storage binding it made. */
async function largestBinding(device: GPUDevice, work: () => Promise<void>): Promise<number> {
  const { createBindGroup } = device
  let largest = 0
  device.createBindGroup = (descriptor) => {
    for (const { resource } of descriptor.entries) {
      if (typeof resource === 'object' && 'buffer' in resource) {
        const { buffer, offset = 0, size = buffer.size - offset } = resource
        largest = Math.max(largest, size)
      }
    }
    return createBindGroup.call(device, descriptor)
  }
  try {
    await work()
  } finally {
    device.createBindGroup = createBindGroup
  }
  return largest
}

test('2304 × 16,384 under 16 MB bindings', async () => {
  const gpu = await gpuForTests()
  const { arrays, x, expected, reconstruction } = makeCase({
    dIn: 2304,
    dSae: 16_384,
    dOut: 2304,
    rows: 3,
    active: 'some',
    skip: true,
  })
  const maxBindingBytes = 16 << 20
  const largest = await largestBinding(gpu.device, async () => {
    const sae = await openSae(saeFile(arrays), '16k', { kind: 'webgpu', gpu, maxBindingBytes })
    const input = cpu(x, 3, 2304)
    expectSameFeatures(await sae.encode(input), expected)
    expectSameRows(await sae.decode(expected, { x: input }), reconstruction, 3)
    sae.dispose()
  })
  expect(largest).toBeLessThanOrEqual(maxBindingBytes)
  // The test would be idle if the weights had fitted anyway.
  expect(largest).toBeGreaterThan(maxBindingBytes / 2)
})

const WIDTH = 1 << 20
const D_IN = 8

/** Weight k of feature f of an SAE nobody holds: small whole numbers, so that every sum is exact. */
function weight(k: number, f: number): number {
  const mixed = Math.imul((f ^ Math.imul(k + 1, 0x9e3779b1)) + 1, 0x85ebca6b)
  return (Math.imul(mixed ^ (mixed >>> 15), 0xc2b2ae35) >>> 28) - 7.5
}

function millionWide(read: { floats: number; most: number }): ArrayFile {
  const entry = (name: string, shape: readonly number[], at: (i: number) => number) =>
    [
      name,
      floatEntry(name, shape, async (first, count) => {
        read.floats += count
        read.most = Math.max(read.most, count)
        return Float32Array.from({ length: count }, (_, i) => at(first + i))
      }),
    ] as const
  return new Map([
    entry('W_enc', [D_IN, WIDTH], (i) => weight(Math.floor(i / WIDTH), i % WIDTH)),
    entry('W_dec', [WIDTH, 4], (i) => weight(i % 4, Math.floor(i / 4))),
    entry('b_enc', [WIDTH], () => 0),
    entry('b_dec', [4], () => 1),
    entry('threshold', [WIDTH], () => 190),
  ])
}

test('a million features pass through a budget of 8 MB, and no block read is larger than 4 MiB', async () => {
  const gpu = await gpuForTests()
  const read = { floats: 0, most: 0 }
  const sae = await openSae(millionWide(read), '1M', { kind: 'webgpu', gpu, budgetBytes: 8 << 20 })
  expect(sae.memory.bytes).toBeLessThanOrEqual(8 << 20)
  expect(sae.memory.streamedRanges).toBeGreaterThan(10)
  const x = Float32Array.of(3, -1, 4, 1, -5, 9, 2, 6, -2, 7, 1, 8, 2, -8, 1, 8, 0, 0, 0, 0, 0, 0, 0, 0)
  read.most = 0
  const sparse = await sae.encode(cpu(x, 3, D_IN))
  expect(read.most).toBeLessThanOrEqual(1 << 20)

  const found: number[][] = [[], [], []]
  for (let f = 0; f < WIDTH; f++) {
    for (let t = 0; t < 2; t++) {
      let pre = 0
      for (let k = 0; k < D_IN; k++) pre += x[t * D_IN + k] * weight(k, f)
      if (pre > 190) found[t].push(f)
    }
  }
  expect(found[0].length).toBeGreaterThan(20)
  expect([...sparse.rowPtr]).toEqual([
    0,
    found[0].length,
    found[0].length + found[1].length,
    sparse.indices.length,
  ])
  expect([...sparse.indices]).toEqual(found.flat())

  // Decoding fetches the rows of active features, not the matrix.
  read.floats = 0
  const y = await sae.decode(sparse)
  expect(read.floats).toBeLessThanOrEqual(4 * sparse.indices.length)
  const expected = Float64Array.from({ length: 12 }, (_, i) => {
    const t = Math.floor(i / 4)
    let sum = 1
    for (let at = sparse.rowPtr[t]; at < sparse.rowPtr[t + 1]; at++)
      sum += sparse.values[at] * weight(i % 4, sparse.indices[at])
    return sum
  })
  expectSameRows(y, expected, 3)
  sae.dispose()
})

test('a cancelled stream stops, and the SAE still works', async () => {
  const gpu = await gpuForTests()
  const { arrays, x, expected } = makeCase({ dIn: 128, dSae: 4096, dOut: 5, rows: 17, active: 'some' })
  const sae = await openSae(saeFile(arrays), 'streamed', { kind: 'webgpu', gpu, budgetBytes: 200_000 })
  expect(sae.memory.streamedRanges).toBeGreaterThan(3)
  const controller = new AbortController()
  const running = sae.encode(cpu(x, 17, 128), controller.signal)
  setTimeout(() => controller.abort(), 5)
  await expect(running).rejects.toMatchObject({ name: 'AbortError' })
  const [a, b] = await Promise.all([sae.encode(cpu(x, 17, 128)), sae.encode(cpu(x, 17, 128))])
  expectSameFeatures(a, expected)
  expect(bytesEqual(a.values, b.values)).toBe(true)
  sae.dispose()
})

test.each(ALL_TILES)('every shape of the kernel finds the same features (%j)', async (tiles) => {
  const gpu = await gpuForTests()
  // How weights are read is the same in every shape of a kind: float16 once for each will do.
  const first = ALL_TILES.find(({ batch }) => batch.shape === tiles.batch.shape) === tiles
  for (const [dIn, dSae, rows] of [
    [77, 1003, 1],
    [77, 1003, 3],
    [77, 1003, 65],
    [1, 65, 5],
    [130, 65, 17],
  ]) {
    const { arrays, x, expected } = makeCase({ dIn, dSae, dOut: 3, rows, active: 'some', float16: true })
    for (const precision of first ? (['f32', 'f16'] as const) : (['f32'] as const)) {
      const sae = await openSae(saeFile(arrays), 'tiles', { kind: 'webgpu', gpu, tiles, precision })
      expectSameFeatures(await sae.encode(cpu(x, rows, dIn)), expected)
      sae.dispose()
    }
  }
})

test('weights that float16 cannot hold are refused where they are', async () => {
  const gpu = await gpuForTests()
  const { arrays } = makeCase({ dIn: 3, dSae: 5, dOut: 2, rows: 1, active: 'some' })
  arrays.wDec[3] = 70_000
  expect(packFloat16(Float32Array.of(70_000, 1))[0] & 0xffff).toBe(0x7c00)
  await expect(
    openSae(saeFile(arrays), 'large.npz', { kind: 'webgpu', gpu, precision: 'f16' }),
  ).rejects.toMatchObject({
    name: 'UserError',
    title: 'large.npz does not fit float16.',
    detail: expect.stringContaining('70000'),
  })
})

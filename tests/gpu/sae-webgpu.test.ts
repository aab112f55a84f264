// What only the WebGPU backend has: activations that never leave the GPU, ranges of weights, lost devices.
import { describe, expect, test } from 'vitest'
import { readBack } from '../../src/gpu/buffers.ts'
import { type Gpu, requestGpu } from '../../src/gpu/device.ts'
import { underScope } from '../../src/gpu/scope.ts'
import type { GpuActivations } from '../../src/lib/activations.ts'
import { openSae, type Sae } from '../../src/sae/sae.ts'
import { gpuForTests } from '../support/gpu.ts'
import { bytesEqual, cpu, expectSameFeatures, expectSameRows } from '../support/sae-behaviour.ts'
import { makeCase, type SaeArrays, type SaeCase, saeFile } from '../support/sae-cases.ts'

async function open(arrays: SaeArrays, maxBindingBytes?: number): Promise<Sae> {
  return openSae(saeFile(arrays), 'test SAE', { kind: 'webgpu', gpu: await gpuForTests(), maxBindingBytes })
}

/** Activations as onnxruntime leaves them: at the start of a larger buffer, here with NaN behind them. */
function onGpu({ device }: Gpu, data: Float32Array, rows: number, width: number): GpuActivations {
  const bucket = new Float32Array(data.length + 1000).fill(Number.NaN)
  bucket.set(data)
  const usage = GPUBufferUsage.STORAGE | GPUBufferUsage.COPY_SRC | GPUBufferUsage.COPY_DST
  const buffer = device.createBuffer({ size: bucket.byteLength, usage })
  device.queue.writeBuffer(buffer, 0, bucket)
  return {
    location: 'gpu',
    rows,
    width,
    buffer,
    download: () => Promise.reject(new Error('The encoder must not download activations.')),
    release: () => buffer.destroy(),
  }
}

describe('activations on the GPU', () => {
  const cases: SaeCase[] = [
    { dIn: 128, dSae: 1003, dOut: 5, rows: 17, active: 'some' },
    { dIn: 77, dSae: 65, dOut: 5, rows: 3, active: 'some' },
    { dIn: 1, dSae: 65, dOut: 5, rows: 129, active: 'some' },
  ]
  test.each(cases)('are encoded where they are (d_in $dIn, $rows tokens)', async (given) => {
    const { arrays, x, expected } = makeCase(given)
    const sae = await open(arrays)
    const input = onGpu(await gpuForTests(), x, given.rows, given.dIn)
    const fromGpu = await sae.encode(input)
    expectSameFeatures(fromGpu, expected)
    const fromCpu = await sae.encode(cpu(x, given.rows, given.dIn))
    expect(bytesEqual(fromGpu.values, fromCpu.values)).toBe(true)
    input.release()
    sae.dispose()
  })

  test.each([
    ['NaN', Number.NaN],
    ['infinity', Number.NEGATIVE_INFINITY],
  ])('%s among them is an error naming the first such token', async (_, bad) => {
    const given: SaeCase = { dIn: 128, dSae: 65, dOut: 5, rows: 300, active: 'none' }
    const { arrays, x } = makeCase(given)
    const sae = await open(arrays)
    x[201 * 128] = bad
    x[77 * 128 + 127] = bad
    const input = onGpu(await gpuForTests(), x, 300, 128)
    await expect(sae.encode(input)).rejects.toMatchObject({
      name: 'UserError',
      title: expect.stringContaining('Token 77 '),
      detail: expect.stringContaining('position 127'),
    })
    input.release()
    sae.dispose()
  })

  test('of another width are refused', async () => {
    const sae = await open(makeCase({ dIn: 77, dSae: 65, dOut: 5, rows: 1, active: 'some' }).arrays)
    const input = onGpu(await gpuForTests(), new Float32Array(128), 1, 128)
    await expect(sae.encode(input)).rejects.toMatchObject({ detail: expect.stringMatching(/128.*77/) })
    input.release()
    sae.dispose()
  })
})

describe('size', () => {
  const given: SaeCase = { dIn: 128, dSae: 4096, dOut: 130, rows: 17, active: 'bos' }
  const { arrays, x, expected, reconstruction } = makeCase(given)

  test.each([
    ['several ranges', 500_000],
    ['ranges whose last is not a multiple of 4 features', 100 * 130 * 4],
    ['one range for every 4 features', 1],
  ])('%s of weights give the same bytes', async (_, limit) => {
    const whole = await open(arrays)
    const cut = await open(arrays, limit)
    const [a, b] = [await whole.encode(cpu(x, 17, 128)), await cut.encode(cpu(x, 17, 128))]
    expectSameFeatures(b, expected)
    expect(bytesEqual(a.indices, b.indices) && bytesEqual(a.values, b.values)).toBe(true)
    expectSameRows(await cut.decode(expected), reconstruction, 17)
    expect(await cut.encoderColumn(4095)).toEqual(await whole.encoderColumn(4095))
    expect(await cut.decoderRow(3001)).toEqual(await whole.decoderRow(3001))
    whole.dispose()
    cut.dispose()
  })

  test('more tokens than one batch holds give the same rows', async () => {
    const sae = await open(arrays)
    const rows = 17 * 100
    const long = new Float32Array(rows * 128)
    for (let copy = 0; copy < 100; copy++) long.set(x, copy * x.length)
    const sparse = await sae.encode(cpu(long, rows, 128))
    const once = sparse.rowPtr[17]
    expect(sparse.rowPtr[rows]).toBe(100 * once)
    expectSameFeatures(
      {
        rows: 17,
        width: 4096,
        rowPtr: sparse.rowPtr.slice(rows - 17).map((at) => at - 99 * once),
        indices: sparse.indices.slice(99 * once),
        values: sparse.values.slice(99 * once),
      },
      expected,
    )
    sae.dispose()
  })

  test('what is read back is 4 bytes a token and 8 a feature, never tokens × features', async () => {
    const gpu = await gpuForTests()
    const sae = await open(arrays)
    await sae.encode(cpu(x, 17, 128))
    const { createBuffer } = gpu.device
    let mapped = 0
    gpu.device.createBuffer = (descriptor) => {
      if (descriptor.usage & GPUBufferUsage.MAP_READ) mapped += descriptor.size
      return createBuffer.call(gpu.device, descriptor)
    }
    try {
      const sparse = await sae.encode(cpu(x, 17, 128))
      // The first row overflows its list, so its count is read twice.
      expect(sparse.rowPtr[1]).toBeGreaterThan(1024)
      expect(mapped).toBe(4 * 18 + 8 * sparse.indices.length)
    } finally {
      gpu.device.createBuffer = createBuffer
    }
    sae.dispose()
  })
})

describe('when the GPU fails', () => {
  test('an invalid call rejects where it was made, and says so', async () => {
    const { device } = await gpuForTests()
    const tooLarge = { size: device.limits.maxBufferSize + 4, usage: GPUBufferUsage.STORAGE }
    await expect(underScope(device, 'Making a buffer', () => device.createBuffer(tooLarge))).rejects.toThrow(
      /Making a buffer: /,
    )
    const writeOnly = device.createBuffer({ size: 4, usage: GPUBufferUsage.STORAGE })
    await expect(readBack(device, [{ buffer: writeOnly, offset: 0, bytes: 4 }])).rejects.toThrow()
    writeOnly.destroy()
  })

  test('errors that nobody catches reach the listener', async () => {
    const gpu = await requestGpu()
    if (!gpu) throw new Error('no adapter')
    const heard = new Promise<string>((resolve) => gpu.onError(resolve))
    const small = gpu.device.createBuffer({ label: 'small', size: 4, usage: GPUBufferUsage.COPY_DST })
    gpu.device.queue.writeBuffer(small, 0, new Float32Array(10))
    // Chrome sends commands, and with them their errors, when somebody waits.
    await gpu.device.queue.onSubmittedWorkDone()
    expect(await heard).toContain('small')
    gpu.device.destroy()
  })

  test('a lost device is told, and encode rejects with an error a person can read', async () => {
    const gpu = await requestGpu()
    if (!gpu) throw new Error('no adapter')
    const { arrays, x } = makeCase({ dIn: 77, dSae: 65, dOut: 5, rows: 3, active: 'some' })
    const sae = await openSae(saeFile(arrays), 'test SAE', { kind: 'webgpu', gpu })
    await sae.encode(cpu(x, 3, 77))
    gpu.device.destroy()
    expect(await gpu.lost).toMatch(/./)
    await expect(sae.encode(cpu(x, 3, 77))).rejects.toMatchObject({
      name: 'UserError',
      title: 'The GPU gave no result.',
    })
  })
})

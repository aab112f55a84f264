// onnxruntime's block-quantised product on both backends against the same product of the numbers the blocks stand for.
import type { InferenceSession, Tensor } from 'onnxruntime-web'
import { describe, expect, test } from 'vitest'
import { int, OnnxBuilder } from '../../src/model/onnx-builder.ts'
import { createGpuSession, createWasmSession, exclusively, loadOrt } from '../../src/model/ort.ts'
import {
  type BlockBits,
  blockBytes,
  blocksInRow,
  dequantiseRows,
  emptyRows,
  type QuantisedRows,
  quantiseRows,
} from '../../src/model/quantise.ts'
import { relativeError } from '../support/checkpoints.ts'
import { seededNormal } from '../support/gemma-reference.ts'
import { gpuForTests } from '../support/gpu.ts'

interface Shape {
  tokens: number
  columns: number
  rows: number
  bits: BlockBits
}

const SHAPES: [number, number, number][] = [
  // One token takes kernels of its own; 2304 and 9216 are Gemma 2 2B's widths, 640 and 2048 Gemma 3 270M's.
  [1, 2304, 96],
  [7, 640, 256],
  [70, 2048, 40],
  [3, 9216, 64],
  // No multiple of 32, 16 or 4: what a test's own checkpoint may have.
  [5, 20, 28],
  [9, 60, 20],
  [1, 90, 6],
]
const CASES = SHAPES.flatMap(([tokens, columns, rows]) =>
  ([8, 4] as const).map((bits): Shape => ({ tokens, columns, rows, bits })),
)

describe.each(['wasm', 'webgpu'] as const)('on %s', (backend) => {
  test.each(CASES)('$tokens × $columns by $rows at $bits bits', async (shape) => {
    const { columns, rows, bits, tokens } = shape
    const normal = seededNormal(columns + rows + bits)
    const weights = new Float32Array(rows * columns).map(() => normal())
    const x = new Float32Array(tokens * columns).map(() => normal())
    const quantised = emptyRows(rows, columns, bits)
    quantiseRows(weights, { rows, columns, bits, name: 'w', firstRow: 0 }, quantised)
    const expected = product(x, dequantiseRows(quantised, shape), shape)
    const actual = backend === 'wasm' ? await onWasm(x, quantised, shape) : await onGpu(x, quantised, shape)
    expect(relativeError(actual, expected)).toBeLessThanOrEqual(1e-5)
  })
})

function graph({ columns, rows, bits }: Shape, weights: 'input' | 'external'): Uint8Array {
  const g = new OnnxBuilder()
  g.input('x', ['T', columns])
  g[weights]('blocks', [rows, blocksInRow(columns), blockBytes(bits)], 'uint8')
  g[weights]('scales', [rows * blocksInRow(columns)])
  const attributes = { K: int(columns), N: int(rows), bits: int(bits), block_size: int(32) }
  g.contrib('y', 'MatMulNBits', ['x', 'blocks', 'scales'], attributes)
  g.output('y', ['T', rows])
  return g.finish('product', 20)
}

async function onWasm(x: Float32Array, { blocks, scales }: QuantisedRows, shape: Shape) {
  const ort = await loadOrt('wasm')
  const session = await createWasmSession(ort, graph(shape, 'external'), [
    { path: 'blocks', data: blocks },
    { path: 'scales', data: new Uint8Array(scales.buffer) },
  ])
  const y = await run(session, { x: new ort.Tensor('float32', x, [shape.tokens, shape.columns]) })
  return (await y.getData()) as Float32Array
}

async function onGpu(x: Float32Array<ArrayBuffer>, { blocks, scales }: QuantisedRows, shape: Shape) {
  const { device } = await gpuForTests()
  const ort = await loadOrt('webgpu')
  const session = await createGpuSession(ort, graph(shape, 'input'), device)
  const upload = (data: Uint8Array<ArrayBuffer> | Float32Array<ArrayBuffer>): GPUBuffer => {
    const usage = GPUBufferUsage.STORAGE | GPUBufferUsage.COPY_DST | GPUBufferUsage.COPY_SRC
    const buffer = device.createBuffer({ size: data.byteLength, usage })
    device.queue.writeBuffer(buffer, 0, data)
    return buffer
  }
  const { columns, rows, bits, tokens } = shape
  const dims = [rows, blocksInRow(columns), blockBytes(bits)]
  const y = await run(session, {
    x: ort.Tensor.fromGpuBuffer(upload(x), { dataType: 'float32', dims: [tokens, columns] }),
    blocks: ort.Tensor.fromGpuBuffer(upload(blocks), { dataType: 'uint8', dims }),
    scales: ort.Tensor.fromGpuBuffer(upload(scales), {
      dataType: 'float32',
      dims: [rows * blocksInRow(columns)],
    }),
  })
  expect(y.location).toBe('gpu-buffer')
  return (await exclusively(() => y.getData())) as Float32Array
}

async function run(session: InferenceSession, feeds: Record<string, Tensor>): Promise<Tensor> {
  return (await exclusively(() => session.run(feeds))).y
}

/** x · wᵀ in float64. */
function product(x: Float32Array, w: Float32Array, { tokens, columns, rows }: Shape): Float32Array {
  return new Float32Array(tokens * rows).map((_, at) => {
    const [token, row] = [Math.floor(at / rows), at % rows]
    let sum = 0
    for (let i = 0; i < columns; i += 1) sum += x[token * columns + i] * w[row * columns + i]
    return sum
  })
}

// Products of rows with vectors in every storage, against float64.
import { describe, expect, test } from 'vitest'
import { BFLOAT16, FLOAT16 } from '../../src/formats/element-types.ts'
import { BufferGroup, readBack } from '../../src/gpu/buffers.ts'
import { multiplyRows, type RowStorage, uploadVectors } from '../../src/gpu/row-products.ts'
import { packFloat16 } from '../../src/lib/float16.ts'
import { gpuForTests } from '../support/gpu.ts'
import { seededRandom } from '../support/random.ts'

interface Stored {
  words: Uint32Array<ArrayBuffer>
  /** What the words mean, [rows, 4 · width4] */
  values: Float32Array
}

/** Rows padded with zeros, as a storage has them. */
function store(matrix: Float32Array, rows: number, width: number, storage: RowStorage): Stored {
  const padded = new Float32Array(rows * 4 * Math.ceil(width / 4))
  const stride = padded.length / rows
  for (let row = 0; row < rows; row++)
    padded.set(matrix.subarray(row * width, (row + 1) * width), row * stride)
  if (storage === 'f32') return { words: new Uint32Array(padded.buffer), values: padded }
  if (storage === 'f16') {
    const words = packFloat16(padded)
    return { words, values: FLOAT16.expand(new Uint8Array(words.buffer), padded.length) }
  }
  const halves = Uint16Array.from(new Uint32Array(padded.buffer), (bits) => bits >>> 16)
  const words = new Uint32Array(halves.buffer)
  return { words, values: BFLOAT16.expand(new Uint8Array(halves.buffer), padded.length) }
}

interface Made {
  rows: number
  width: number
  vectors: number
}

async function compare(made: Made, storage: RowStorage, normalise: boolean): Promise<void> {
  const { rows, width, vectors } = made
  const random = seededRandom(rows + 31 * width + 1009 * vectors)
  const matrix = new Float32Array(rows * width).map(() => random() * 2 - 1)
  // A row of zeros, and one far from the others in size.
  if (rows > 2) matrix.fill(0, width, 2 * width)
  if (rows > 3) for (let i = 2 * width; i < 3 * width; i++) matrix[i] *= 2 ** -10
  const x = new Float32Array(vectors * width).map(() => random() * 2 - 1)
  const { words, values } = store(matrix, rows, width, storage)
  const [stride, first] = [rows + 5, 3]
  const { device } = await gpuForTests()
  const group = new BufferGroup(device)
  try {
    const usage = GPUBufferUsage.STORAGE | GPUBufferUsage.COPY_SRC
    const untouched = new Float32Array(vectors * stride).fill(-77)
    const buffer = group.upload('products', untouched, usage)
    const place = { buffer, stride, first }
    const given = { matrix: group.upload('matrix', words, usage), rows, storage }
    await multiplyRows(device, given, uploadVectors(x, width, group), place, normalise)
    const piece = { buffer, offset: 0, bytes: 4 * vectors * stride }
    const actual = new Float32Array(await readBack(device, [piece]))
    await multiplyRows(device, given, uploadVectors(x, width, group), place, normalise)
    expect(new Float32Array(await readBack(device, [piece]))).toEqual(actual)

    const padded = values.length / rows
    let worst = 0
    for (let v = 0; v < vectors; v++) {
      const outside = [...actual.subarray(v * stride, v * stride + first)]
      outside.push(...actual.subarray(v * stride + first + rows, (v + 1) * stride))
      expect(outside).toEqual([-77, -77, -77, -77, -77])
      for (let row = 0; row < rows; row++) {
        let sum = 0
        let size = 0
        let squares = 0
        for (let i = 0; i < width; i++) {
          const w = values[row * padded + i]
          sum += w * x[v * width + i]
          size += Math.abs(w * x[v * width + i])
          squares += w * w
        }
        const scale = normalise && squares > 0 ? Math.sqrt(squares) : 1
        const off = Math.abs(actual[v * stride + first + row] - sum / scale)
        worst = Math.max(worst, size > 0 ? (off * scale) / size : off)
      }
    }
    // One lane adds width / 16 numbers, then 16 lanes are added: at most width / 16 + 20 roundings of 2^-24, and the
    // norm's few.
    expect(worst).toBeLessThan((width / 16 + 30) * 2 ** -24)
  } finally {
    group.destroy()
  }
}

const CASES: Made[] = [
  { rows: 1, width: 1, vectors: 1 },
  { rows: 3, width: 77, vectors: 2 },
  { rows: 17, width: 2303, vectors: 1 },
  { rows: 100, width: 64, vectors: 5 },
  { rows: 33, width: 130, vectors: 17 },
  { rows: 1003, width: 128, vectors: 4 },
]

describe.each(['f32', 'f16', 'bf16'] as const)('%s', (storage) => {
  test.each(CASES)('$rows rows of $width, $vectors vectors', async (made) => {
    await compare(made, storage, false)
    await compare(made, storage, true)
  })
})

test('more rows than one dimension of a dispatch takes', async () => {
  await compare({ rows: 16 * 65_535 + 37, width: 3, vectors: 1 }, 'f32', false)
})

test('no rows and no vectors', async () => {
  const { device } = await gpuForTests()
  const group = new BufferGroup(device)
  const buffer = group.create('products', 4, GPUBufferUsage.STORAGE)
  const rows = { matrix: buffer, rows: 0, storage: 'f32' as const }
  const place = { buffer, stride: 1, first: 0 }
  await multiplyRows(device, rows, uploadVectors(new Float32Array(8), 8, group), place)
  await multiplyRows(device, { ...rows, rows: 1 }, uploadVectors(new Float32Array(), 8, group), place)
  group.destroy()
})

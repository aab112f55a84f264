// Products of the rows of a matrix on the GPU with a few vectors: the logit lens, and cosines of decoder rows.
import rowProductsShader from '../../shaders/row-products.wgsl?raw'
import storageBf16 from '../../shaders/storage-bf16.wgsl?raw'
import storageF16 from '../../shaders/storage-f16.wgsl?raw'
import storageF32 from '../../shaders/storage-f32.wgsl?raw'
import { BufferGroup } from './buffers.ts'
import { bindBuffers, computePipeline, type KernelSource } from './pipelines.ts'
import { underScope } from './scope.ts'
import { uniformBytes, uniformStruct } from './uniforms.ts'
import { unroll } from './unroll.ts'

export type RowStorage = 'f32' | 'f16' | 'bf16'

/** Rows of a matrix, [rows, 4 · width4], each padded with zeros. */
export interface MatrixRows {
  matrix: GPUBuffer
  rows: number
  storage: RowStorage
}

/** Vectors on the GPU, [count, 4 · width4], padded with zeros for the kernel. */
export interface Vectors {
  buffer: GPUBuffer
  count: number
  width4: number
}

/** Where products go: [vectors, stride] float32, from `first` on in each of them. */
export interface Products {
  buffer: GPUBuffer
  stride: number
  first: number
}

export const ROW_PRODUCTS_PARAMS = uniformStruct(['rows', 'width4', 'vectors', 'stride', 'first'])

const STORAGE: Record<RowStorage, string> = { f32: storageF32, f16: storageF16, bf16: storageBf16 }
/** Rows of a workgroup of row-products.wgsl. */
const TILE_ROWS = 16
/** Every adapter has as many workgroups in one dimension. */
const MAX_GROUPS = 65_535

/** row-products.wgsl for `vectors` vectors, and how many of them one workgroup takes. */
export function rowProductsKernel(
  storage: RowStorage,
  vectors: number,
  normalise: boolean,
): { source: KernelSource; tile: number } {
  const tile = tileOf(vectors)
  return {
    source: {
      name: 'rowProducts',
      code: STORAGE[storage] + unroll(rowProductsShader, { VECTORS: tile }),
      constants: { NORMALISE: normalise ? 1 : 0 },
    },
    tile,
  }
}

/** Places `vectors` [*, width], which must be whole rows, in a buffer of `group`. */
export function uploadVectors(vectors: Float32Array, width: number, group: BufferGroup): Vectors {
  const count = vectors.length / width
  const width4 = Math.ceil(width / 4)
  const tile = tileOf(count)
  const padded = new Float32Array(4 * width4 * tile * Math.ceil(count / tile))
  for (let row = 0; row < count; row++) {
    padded.set(vectors.subarray(row * width, (row + 1) * width), row * 4 * width4)
  }
  return { buffer: group.upload('vectors', padded, GPUBufferUsage.STORAGE), count, width4 }
}

/** products[v][first + r] = row r · vector v in float32, with `normalise` divided by the row's norm (0 for zero rows). */
export async function multiplyRows(
  device: GPUDevice,
  { matrix, rows, storage }: MatrixRows,
  { buffer: vectors, count, width4 }: Vectors,
  { buffer: products, stride, first }: Products,
  normalise = false,
): Promise<void> {
  if (rows === 0 || count === 0) return
  const { source, tile } = rowProductsKernel(storage, count, normalise)
  const pipeline = await computePipeline(device, source)
  const passing = new BufferGroup(device)
  try {
    await underScope(device, 'Multiplying rows', () => {
      const params = uniformBytes(ROW_PRODUCTS_PARAMS, { rows, width4, vectors: count, stride, first })
      const uniform = passing.upload('row products params', params, GPUBufferUsage.UNIFORM)
      const bound = [uniform, matrix, vectors, products].map((buffer) => ({ buffer }))
      const commands = device.createCommandEncoder({ label: 'row products' })
      const pass = commands.beginComputePass({ label: 'row products' })
      pass.setPipeline(pipeline)
      pass.setBindGroup(0, bindBuffers(device, pipeline, bound))
      const groups = Math.ceil(rows / TILE_ROWS)
      const across = Math.min(groups, MAX_GROUPS)
      pass.dispatchWorkgroups(across, Math.ceil(groups / across), Math.ceil(count / tile))
      pass.end()
      device.queue.submit([commands.finish()])
    })
  } finally {
    passing.destroy()
  }
}

/** Vectors one workgroup takes: the matrix is read once for each tile of them. */
function tileOf(vectors: number): number {
  return vectors < 2 ? 1 : vectors < 5 ? 4 : 8
}

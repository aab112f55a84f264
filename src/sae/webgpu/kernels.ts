// The SAE's WGSL kernels with their texts put together: storage of the weights, shape of the product, tile.
import decodeShader from '../../../shaders/decode.wgsl?raw'
import encodeShader from '../../../shaders/encode.wgsl?raw'
import directShader from '../../../shaders/encode-direct.wgsl?raw'
import gemvShader from '../../../shaders/encode-gemv.wgsl?raw'
import quadShader from '../../../shaders/encode-quad.wgsl?raw'
import sharedShader from '../../../shaders/encode-shared.wgsl?raw'
import skipShader from '../../../shaders/skip.wgsl?raw'
import storageF16 from '../../../shaders/storage-f16.wgsl?raw'
import storageF32 from '../../../shaders/storage-f32.wgsl?raw'
import floorShader from '../../../shaders/top-k-floor.wgsl?raw'
import type { KernelSource } from '../../gpu/pipelines.ts'
import { uniformStruct } from '../../gpu/uniforms.ts'
import { unroll } from '../../gpu/unroll.ts'

/** How the two matrices are stored on the GPU. Sums are float32 either way. */
export type Precision = 'f32' | 'f16'

/** Encode of up to 4 tokens, encode-gemv.wgsl: `columns` of 4 features an invocation. */
export interface GemvTile {
  lanes: number
  slices: number
  columns: number
}

/** Encode of more tokens, encode-{direct,quad,shared}.wgsl: `tokens` × `columns` of 4 an invocation. */
export interface BatchTile {
  shape: 'direct' | 'quad' | 'shared'
  tokens: number
  columns: number
}

/** The shapes an adapter is quickest with; see tuning.ts. */
export interface EncodeTiles {
  gemv: GemvTile
  batch: BatchTile
}

export const ENCODE_PARAMS = uniformStruct([
  'rows',
  'dIn4',
  'features4',
  'features',
  'firstFeature',
  'capacity',
])
export const DECODE_PARAMS = uniformStruct(['dOut4', 'firstFeature', 'start'])
export const FLOOR_PARAMS = uniformStruct(['rows', 'k'])
export const SKIP_PARAMS = uniformStruct(['rows', 'dIn4', 'dOut4', 'first4', 'rows4'])

/** Most tokens the GEMV shape is used for. */
const GEMV_TOKENS = 4
/** Invocations along the columns in encode-direct and -quad.wgsl; encode-shared.wgsl has 16 × 8. */
const DIRECT_LANES = 64
const SHARED_LANES = { columns: 16, rows: 8 }

const BATCH_SHADERS: Record<BatchTile['shape'], string> = {
  direct: directShader,
  quad: quadShader,
  shared: sharedShader,
}

const STORAGE: Record<Precision, string> = { f32: storageF32, f16: storageF16 }

/** A kernel with the rows and columns (of 4 features) that one workgroup takes. */
export interface EncodeKernel {
  source: KernelSource
  rows: number
  columns: number
}

/** The encode kernel for `rows` tokens. With `histogram` it counts instead of appending: see encode.wgsl. */
export function encodeKernel(
  rows: number,
  tiles: EncodeTiles,
  precision: Precision,
  histogram = false,
): EncodeKernel {
  const { gemv, batch } = tiles
  if (rows <= GEMV_TOKENS) {
    const tokens = rows < 3 ? rows : GEMV_TOKENS
    const values = { TOKENS: tokens, LANES: gemv.lanes, SLICES: gemv.slices, COLUMNS: gemv.columns }
    return {
      source: encodeSource(gemvShader, values, precision, histogram),
      rows: tokens,
      columns: gemv.lanes * gemv.columns,
    }
  }
  const values = { TOKENS: batch.tokens, COLUMNS: batch.columns }
  const source = encodeSource(BATCH_SHADERS[batch.shape], values, precision, histogram)
  if (batch.shape === 'shared') {
    return { source, rows: SHARED_LANES.rows * batch.tokens, columns: SHARED_LANES.columns * batch.columns }
  }
  if (batch.shape === 'quad') source.code = `enable subgroups;\n${source.code}`
  return { source, rows: batch.tokens, columns: DIRECT_LANES * batch.columns }
}

export function decodeKernel(precision: Precision): KernelSource {
  return { name: 'decode', code: STORAGE[precision] + decodeShader }
}

export function floorKernel(): KernelSource {
  return { name: 'floors', code: floorShader }
}

export function skipKernel(): KernelSource {
  return { name: 'affine', code: unroll(skipShader, {}) }
}

function encodeSource(
  shape: string,
  values: Record<string, number>,
  precision: Precision,
  histogram: boolean,
): KernelSource {
  return {
    name: 'encode',
    code: STORAGE[precision] + encodeShader + unroll(shape, values),
    constants: { HISTOGRAM: histogram ? 1 : 0 },
  }
}

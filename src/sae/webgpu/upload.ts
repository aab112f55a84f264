// Writes weights to the GPU as they are stored there, four side by side, in float32 or float16.
import { UserError } from '../../lib/errors.ts'
import { packFloat16 } from '../../lib/float16.ts'
import type { Precision } from './kernels.ts'

/** Bytes handed to the queue before waiting for it: bounds the staging memory the browser keeps. */
const UPLOAD_WINDOW = 64 << 20

export class Uploader {
  readonly #device: GPUDevice
  readonly #precision: Precision
  readonly #name: string
  #pending = 0

  /** `name` is what errors call the SAE. */
  constructor(device: GPUDevice, precision: Precision, name: string) {
    this.#device = device
    this.#precision = precision
    this.#name = name
  }

  /** Bytes of four weights. */
  get bytes4(): number {
    return this.#precision === 'f16' ? 8 : 16
  }

  /** Writes whole fours of weights from place `at` (in fours) on. UserError for a number float16 cannot hold. */
  weights(buffer: GPUBuffer, at: number, values: Float32Array<ArrayBuffer>): Promise<void> {
    if (this.#precision === 'f32') return this.floats(buffer, 16 * at, values)
    const packed = packFloat16(values)
    const infinite = packed.findIndex(
      (word) => (word & 0x7c00) === 0x7c00 || (word & 0x7c000000) === 0x7c000000,
    )
    if (infinite >= 0) {
      throw new UserError({
        title: `${this.#name} does not fit float16.`,
        detail: `It holds ${values[2 * infinite]} and ${values[2 * infinite + 1]} beside each other; float16 ends at ±65504.`,
        remedy: 'Open it with float32 weights.',
      })
    }
    return this.#write(buffer, 8 * at, packed)
  }

  /** Writes float32 from byte `offset` on. */
  floats(buffer: GPUBuffer, offset: number, values: Float32Array<ArrayBuffer>): Promise<void> {
    return this.#write(buffer, offset, values)
  }

  async #write(
    buffer: GPUBuffer,
    offset: number,
    data: Float32Array<ArrayBuffer> | Uint32Array<ArrayBuffer>,
  ): Promise<void> {
    this.#device.queue.writeBuffer(buffer, offset, data)
    this.#pending += data.byteLength
    if (this.#pending < UPLOAD_WINDOW) return
    this.#pending = 0
    await this.#device.queue.onSubmittedWorkDone()
  }
}

/** Columns `first` .. `first + count - 1` of a matrix [rows, width], each row padded with zeros to whole fours. */
export function wholeFourColumns(
  matrix: Float32Array<ArrayBuffer>,
  rows: number,
  width: number,
  first: number,
  count: number,
): Float32Array<ArrayBuffer> {
  const padded = 4 * Math.ceil(count / 4)
  if (count === width && padded === width) return matrix
  const out = new Float32Array(rows * padded)
  for (let row = 0; row < rows; row++) {
    const at = row * width + first
    out.set(matrix.subarray(at, at + count), row * padded)
  }
  return out
}

// The tied embedding on the GPU in pieces, for logits of directions: uploaded once as far as a budget goes, and the
// rest passes by for each call.
import type { ArrayEntry, ArrayFile } from '../formats/array.ts'
import { BufferGroup, readBack } from '../gpu/buffers.ts'
import { multiplyRows, type RowStorage, uploadVectors } from '../gpu/row-products.ts'
import { underScope } from '../gpu/scope.ts'
import { UserError } from '../lib/errors.ts'
import { serialQueue } from '../lib/serial-queue.ts'
import type { GemmaConfig } from './config.ts'
import { embeddingEntry } from './weights.ts'

export interface UnembeddingOptions {
  /** Bytes that stay on the GPU between calls. */
  budgetBytes: number
  /** Bytes of float32 read at a time, each a piece of its own. */
  pieceBytes?: number
}

export interface LogitCall {
  /** Sees all logits of direction `row`. Valid during the call. */
  take(row: number, logits: Float32Array): void
  signal?: AbortSignal
  /** Rows of the vocabulary done, of the vocabulary's for each pass. */
  onRows?: (done: number, total: number) => void
}

interface Piece {
  first: number
  rows: number
  storage: RowStorage
  bytes: number
  group: BufferGroup
  matrix: GPUBuffer
}

const PIECE_BYTES = 16 << 20
/** Logits on the GPU, and read back, at a time. */
const LOGIT_BYTES = 64 << 20

/** Calls may overlap: they take turns. */
export class GpuUnembedding {
  readonly #device: GPUDevice
  readonly #entry: ArrayEntry
  readonly #rowsPerPiece: number
  readonly #inTurn = serialQueue()
  /** Without gaps from row 0. */
  readonly #kept: Piece[] = []
  #budget: number

  /** UserError when the checkpoint has no embedding of the config's shape. Nothing is read yet. */
  constructor(device: GPUDevice, weights: ArrayFile, config: GemmaConfig, options: UnembeddingOptions) {
    const { budgetBytes, pieceBytes = PIECE_BYTES } = options
    this.#device = device
    this.#entry = embeddingEntry(weights, config)
    this.#budget = budgetBytes
    const bytes = Math.min(pieceBytes, device.limits.maxStorageBufferBindingSize)
    this.#rowsPerPiece = Math.max(1, Math.floor(bytes / (16 * Math.ceil(config.hiddenSize / 4))))
  }

  /** Bytes of the embedding on the GPU. */
  get bytes(): number {
    return this.#kept.reduce((sum, piece) => sum + piece.bytes, 0)
  }

  /**
   * Logits W_U · direction of each row of `directions` [n, hidden], in order; products of float32, or of bfloat16
   * where the weights are exactly that, summed in float32.
   */
  logits(directions: Float32Array, call: LogitCall): Promise<void> {
    return this.#inTurn(async () => {
      const [vocabulary, hidden] = this.#entry.shape
      const room = Math.min(LOGIT_BYTES, this.#device.limits.maxStorageBufferBindingSize)
      const atOnce = Math.max(1, Math.floor(room / (4 * vocabulary)))
      const count = directions.length / hidden
      const total = vocabulary * Math.ceil(count / atOnce)
      for (let first = 0, pass = 0; first < count; first += atOnce, pass += 1) {
        const some = directions.subarray(first * hidden, Math.min(count, first + atOnce) * hidden)
        const logits = await this.#pass(some, call.signal, (rows) =>
          call.onRows?.(pass * vocabulary + rows, total),
        )
        for (let row = 0; row < some.length / hidden; row += 1) {
          call.take(first + row, logits.subarray(row * vocabulary, (row + 1) * vocabulary))
        }
      }
    })
  }

  /** Gives the GPU's memory back once calls under way have ended. */
  destroy(): void {
    void this.#inTurn(async () => this.#forget())
  }

  /** Keeps nothing from now on. */
  #forget(): void {
    this.#budget = 0
    for (const { group } of this.#kept.splice(0)) group.destroy()
  }

  /** [n, vocabulary] */
  async #pass(
    directions: Float32Array,
    signal: AbortSignal | undefined,
    onRows: (done: number) => void,
  ): Promise<Float32Array> {
    const [vocabulary, hidden] = this.#entry.shape
    const group = new BufferGroup(this.#device)
    try {
      const bytes = (4 * vocabulary * directions.length) / hidden
      const { vectors, logits } = await underScope(this.#device, 'The logit lens', () => ({
        vectors: uploadVectors(directions, hidden, group),
        logits: group.create('logits', bytes, GPUBufferUsage.STORAGE | GPUBufferUsage.COPY_SRC),
      }))
      const multiply = async (piece: Piece): Promise<void> => {
        signal?.throwIfAborted()
        await multiplyRows(this.#device, piece, vectors, {
          buffer: logits,
          stride: vocabulary,
          first: piece.first,
        })
        onRows(piece.first + piece.rows)
      }
      // Those that are kept now: the loop after this one may keep more.
      const resident = [...this.#kept]
      for (const piece of resident) await multiply(piece)
      await this.#bring(
        resident.reduce((sum, { rows }) => sum + rows, 0),
        multiply,
        signal,
      )
      return new Float32Array(await readBack(this.#device, [{ buffer: logits, offset: 0, bytes }]))
    } finally {
      group.destroy()
    }
  }

  /** Reads the rows from `from` on, the next block while the last one is at work. */
  async #bring(
    from: number,
    multiply: (piece: Piece) => Promise<void>,
    signal: AbortSignal | undefined,
  ): Promise<void> {
    const [vocabulary] = this.#entry.shape
    let next = this.#read(from, signal)
    for (let first = from; first < vocabulary; first += this.#rowsPerPiece) {
      const block = await next
      next = this.#read(first + this.#rowsPerPiece, signal)
      const piece = await this.#place(first, block)
      try {
        await multiply(piece)
      } catch (error) {
        piece.group.destroy()
        throw error
      }
      if (this.#keep(piece)) continue
      piece.group.destroy()
      // What is written to the queue is memory too, until the GPU has taken it.
      await this.#device.queue.onSubmittedWorkDone()
    }
  }

  #read(first: number, signal: AbortSignal | undefined): Promise<Float32Array<ArrayBuffer>> {
    const [vocabulary, hidden] = this.#entry.shape
    const rows = Math.max(0, Math.min(this.#rowsPerPiece, vocabulary - first))
    if (rows === 0) return Promise.resolve(new Float32Array())
    const reading = this.#entry.readFloat32(first * hidden, rows * hidden, signal)
    // Awaited by the next turn, or not at all when something else fails first.
    reading.catch(() => {})
    return reading
  }

  async #place(first: number, block: Float32Array<ArrayBuffer>): Promise<Piece> {
    const width = this.#entry.shape[1]
    const rows = block.length / width
    const padded = wholeFours(block, rows, width)
    const packed = packBfloat16(padded)
    const data = packed ?? padded
    const upload = async (): Promise<Piece> => {
      const group = new BufferGroup(this.#device)
      try {
        const matrix = await underScope(this.#device, 'Placing the unembedding', () =>
          group.upload('unembedding', data, GPUBufferUsage.STORAGE),
        )
        return { first, rows, storage: packed ? 'bf16' : 'f32', bytes: data.byteLength, group, matrix }
      } catch (error) {
        group.destroy()
        throw error
      }
    }
    try {
      return await upload()
    } catch (error) {
      if (!(error instanceof UserError) || this.#kept.length === 0) throw error
      // The GPU is full before the budget is: what is kept makes room.
      this.#forget()
      return upload()
    }
  }

  #keep(piece: Piece): boolean {
    const before = this.#kept.at(-1)
    const followsOn = piece.first === (before ? before.first + before.rows : 0)
    if (!followsOn || this.bytes + piece.bytes > this.#budget) return false
    this.#kept.push(piece)
    return true
  }
}

/** Rows padded with zeros to a multiple of 4. */
function wholeFours(
  block: Float32Array<ArrayBuffer>,
  rows: number,
  width: number,
): Float32Array<ArrayBuffer> {
  const padded = 4 * Math.ceil(width / 4)
  if (padded === width) return block
  const out = new Float32Array(rows * padded)
  for (let row = 0; row < rows; row += 1) {
    out.set(block.subarray(row * width, (row + 1) * width), row * padded)
  }
  return out
}

/** Numbers as bfloat16, two to a word, where all are exactly that; otherwise undefined. */
function packBfloat16(values: Float32Array<ArrayBuffer>): Uint32Array<ArrayBuffer> | undefined {
  const bits = new Uint32Array(values.buffer, values.byteOffset, values.length)
  const packed = new Uint32Array(bits.length / 2)
  for (let i = 0; i < packed.length; i += 1) {
    const [low, high] = [bits[2 * i], bits[2 * i + 1]]
    if (((low | high) & 0xffff) !== 0) return undefined
    packed[i] = (low >>> 16) | high
  }
  return packed
}

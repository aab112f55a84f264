// GPU buffers: a group that is given back together, and bytes read back in one mapping.
import { UserError } from '../lib/errors.ts'
import { underScope } from './scope.ts'

/** Buffers of one piece of work, destroyed together. */
export class BufferGroup {
  private readonly buffers: GPUBuffer[] = []
  private readonly device: GPUDevice

  constructor(device: GPUDevice) {
    this.device = device
  }

  /** A zeroed buffer; `bytes` is rounded up to a multiple of 4, never 0. */
  create(label: string, bytes: number, usage: GPUBufferUsageFlags): GPUBuffer {
    const size = Math.max(4, Math.ceil(bytes / 4) * 4)
    const buffer = this.device.createBuffer({ label, size, usage })
    this.buffers.push(buffer)
    return buffer
  }

  /** A buffer that holds `data` (a multiple of 4 bytes). */
  upload(
    label: string,
    data: Float32Array<ArrayBuffer> | Uint32Array<ArrayBuffer>,
    usage: GPUBufferUsageFlags,
  ): GPUBuffer {
    const buffer = this.create(label, data.byteLength, usage | GPUBufferUsage.COPY_DST)
    this.device.queue.writeBuffer(buffer, 0, data)
    return buffer
  }

  destroy(): void {
    for (const buffer of this.buffers.splice(0)) buffer.destroy()
  }
}

/** A range of a buffer with COPY_SRC; offset and bytes are multiples of 4. */
export interface BufferPiece {
  buffer: GPUBuffer
  offset: number
  bytes: number
}

/** Copies pieces behind one another into JavaScript memory, after all work submitted before. */
export async function readBack(device: GPUDevice, pieces: readonly BufferPiece[]): Promise<ArrayBuffer> {
  const total = pieces.reduce((sum, piece) => sum + piece.bytes, 0)
  if (total === 0) return new ArrayBuffer(0)
  const group = new BufferGroup(device)
  const usage = GPUBufferUsage.COPY_DST | GPUBufferUsage.MAP_READ
  try {
    const staging = await underScope(device, 'Reading back', () => group.create('read back', total, usage))
    const copied = underScope(device, 'Reading back', () => {
      const commands = device.createCommandEncoder({ label: 'read back' })
      let at = 0
      for (const { buffer, offset, bytes } of pieces) {
        if (bytes > 0) commands.copyBufferToBuffer(buffer, offset, staging, at, bytes)
        at += bytes
      }
      device.queue.submit([commands.finish()])
    })
    await Promise.all([copied, staging.mapAsync(GPUMapMode.READ)])
    return staging.getMappedRange().slice(0)
  } catch (cause) {
    if (cause instanceof UserError) throw cause
    // A lost device rejects with an AbortError, which must not pass for the user's own Cancel.
    throw new UserError(
      {
        title: 'The GPU gave no result.',
        detail: cause instanceof Error ? cause.message : String(cause),
        remedy: 'Run again; if it comes back, choose the wasm backend.',
      },
      { cause },
    )
  } finally {
    group.destroy()
  }
}

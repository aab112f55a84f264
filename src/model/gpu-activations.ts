// Activations in a GPU buffer that onnxruntime made and will take back.
import type { GpuActivations } from '../lib/activations.ts'

/** Wraps the first rows × width float32 of `buffer`; `giveBack` is called once, by `release`. */
export function gpuActivations(
  device: GPUDevice,
  buffer: GPUBuffer,
  rows: number,
  width: number,
  giveBack: () => void,
): GpuActivations {
  let released = false
  return {
    location: 'gpu',
    rows,
    width,
    buffer,
    async download() {
      // The buffer is bucketed, so only the part in use is copied.
      const size = rows * width * Float32Array.BYTES_PER_ELEMENT
      const staging = device.createBuffer({ size, usage: GPUBufferUsage.COPY_DST | GPUBufferUsage.MAP_READ })
      const encoder = device.createCommandEncoder()
      encoder.copyBufferToBuffer(buffer, 0, staging, 0, size)
      device.queue.submit([encoder.finish()])
      await staging.mapAsync(GPUMapMode.READ)
      const data = new Float32Array(staging.getMappedRange().slice(0))
      staging.destroy()
      return data
    },
    release() {
      if (released) return
      released = true
      giveBack()
    },
  }
}

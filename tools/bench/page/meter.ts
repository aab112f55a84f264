// Counts what a GPUDevice is asked for: buffers alive and bytes mapped for reading.

export interface Meter {
  peak: number
  mapped: number
}

/** Counts buffers of every device made from now on. */
export function meterBuffers(): Meter {
  const meter: Meter = { peak: 0, mapped: 0 }
  let alive = 0
  const sizes = new WeakMap<GPUBuffer, number>()
  const { createBuffer } = GPUDevice.prototype
  GPUDevice.prototype.createBuffer = function (descriptor) {
    const buffer = createBuffer.call(this, descriptor)
    alive += descriptor.size
    sizes.set(buffer, descriptor.size)
    meter.peak = Math.max(meter.peak, alive)
    return buffer
  }
  const { destroy, mapAsync } = GPUBuffer.prototype
  GPUBuffer.prototype.destroy = function () {
    alive -= sizes.get(this) ?? 0
    sizes.delete(this)
    return destroy.call(this)
  }
  GPUBuffer.prototype.mapAsync = function (mode, offset, size) {
    if (mode === GPUMapMode.READ) meter.mapped += size ?? this.size
    return mapAsync.call(this, mode, offset, size)
  }
  return meter
}

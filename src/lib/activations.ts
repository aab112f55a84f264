// Dense activations of one run, on either side of the GPU border.

/** [rows, width] float32 in C order, in JavaScript memory. */
export interface CpuActivations {
  location: 'cpu'
  rows: number
  width: number
  data: Float32Array
}

/** [rows, width] float32 in C order, at the start of a storage buffer that may be larger. */
export interface GpuActivations {
  location: 'gpu'
  rows: number
  width: number
  buffer: GPUBuffer
  /** Copies to JavaScript memory. */
  download(): Promise<Float32Array<ArrayBuffer>>
  /** Gives the buffer back to its owner; it must not be used afterwards. */
  release(): void
}

export type Activations = CpuActivations | GpuActivations

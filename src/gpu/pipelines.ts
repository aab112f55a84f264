// Compute pipelines, compiled once per device.

export interface KernelSource {
  /** Name of the entry point, and what errors call the kernel. */
  name: string
  /** WGSL */
  code: string
  /** Values of the shader's `override`s. */
  constants?: Record<string, number>
}

const compiled = new WeakMap<GPUDevice, Map<string, Promise<GPUComputePipeline>>>()

/** The pipeline of a kernel; one shader with other constants is another pipeline. Rejects if it does not compile. */
export function computePipeline(device: GPUDevice, kernel: KernelSource): Promise<GPUComputePipeline> {
  let ofDevice = compiled.get(device)
  if (!ofDevice) {
    ofDevice = new Map()
    compiled.set(device, ofDevice)
  }
  const key = JSON.stringify([kernel.name, kernel.constants ?? {}, kernel.code])
  let pipeline = ofDevice.get(key)
  if (!pipeline) {
    pipeline = device.createComputePipelineAsync({
      label: kernel.name,
      layout: 'auto',
      compute: {
        module: device.createShaderModule({ label: kernel.name, code: kernel.code }),
        entryPoint: kernel.name,
        constants: kernel.constants,
      },
    })
    ofDevice.set(key, pipeline)
    // A failure is not kept: it may have been the device's moment.
    pipeline.catch(() => ofDevice.delete(key))
  }
  return pipeline
}

/** Group 0 of a pipeline, bindings 0, 1, … in order. */
export function bindBuffers(
  device: GPUDevice,
  pipeline: GPUComputePipeline,
  resources: readonly GPUBufferBinding[],
): GPUBindGroup {
  return device.createBindGroup({
    layout: pipeline.getBindGroupLayout(0),
    entries: resources.map((resource, binding) => ({ binding, resource })),
  })
}

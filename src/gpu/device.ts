// The page's one GPUDevice: asked for with the adapter's own limits, shared by onnxruntime and our kernels.

export interface Gpu {
  device: GPUDevice
  /** What a person would call the adapter. */
  name: string
  /** True for adapters that compute on the CPU (SwiftShader): right, but slow. */
  software: boolean
  /** Resolves with the reason when the device is lost: nothing on it works from then on. */
  lost: Promise<string>
  /** Calls `listener` with errors no caller has caught; gives back how to stop. */
  onError(listener: (message: string) => void): () => void
}

/** The defaults are 128 MiB a binding and 256 MiB a buffer; a 16k Gemma Scope matrix is 151 MB. */
const RAISED_LIMITS = [
  'maxBufferSize',
  'maxStorageBufferBindingSize',
  'maxComputeWorkgroupStorageSize',
  'maxComputeInvocationsPerWorkgroup',
  'maxComputeWorkgroupSizeX',
  'maxComputeWorkgroupSizeY',
  'maxComputeWorkgroupSizeZ',
  'maxComputeWorkgroupsPerDimension',
  'maxStorageBuffersPerShaderStage',
] as const

/** onnxruntime's native WebGPU provider uses these where it finds them. */
const WANTED_FEATURES: readonly GPUFeatureName[] = ['shader-f16', 'subgroups', 'timestamp-query']

/** The GPU, or undefined where the browser has no WebGPU or no adapter. */
export async function requestGpu(): Promise<Gpu | undefined> {
  if (!('gpu' in navigator) || !navigator.gpu) return undefined
  const adapter = await navigator.gpu.requestAdapter({ powerPreference: 'high-performance' })
  if (!adapter) return undefined
  const requiredLimits: Record<string, number> = {}
  for (const name of RAISED_LIMITS) requiredLimits[name] = adapter.limits[name]
  const requiredFeatures = WANTED_FEATURES.filter((feature) => adapter.features.has(feature))
  const device = await adapter.requestDevice({ requiredLimits, requiredFeatures })
  const { vendor, architecture, description } = adapter.info
  const name = description || [vendor, architecture].filter(Boolean).join(' ') || 'unnamed adapter'
  const software =
    adapter.info.isFallbackAdapter || /swiftshader|llvmpipe|basic render/i.test(`${name} ${architecture}`)
  return {
    device,
    name,
    software,
    lost: device.lost.then(({ reason, message }) => message || reason),
    onError: (listener) => {
      const heard = ({ error }: GPUUncapturedErrorEvent): void => listener(error.message)
      device.addEventListener('uncapturederror', heard)
      return () => device.removeEventListener('uncapturederror', heard)
    },
  }
}

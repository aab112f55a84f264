// onnxruntime-web: MatMul, and with it bias, compare and multiply; weights stay where the build keeps them.
import type { InferenceSession, Tensor } from 'onnxruntime-web'
import { OnnxBuilder } from '../../../../src/model/onnx-builder.ts'
import { createGpuSession, createWasmSession, loadOrt } from '../../../../src/model/ort.ts'

const OPSET = 21

/** Dense y = x · w, or gated: (x · w + b) · (x · w + b > threshold). x [tokens, inner], w [inner, outer]. */
export interface Product {
  run(x: Float32Array<ArrayBuffer>, tokens: number): Promise<Float32Array>
}

interface Weights {
  inner: number
  outer: number
  w: Float32Array<ArrayBuffer>
  /** [outer]; without it the bare product */
  threshold?: Float32Array<ArrayBuffer>
}

export async function ortWebgpu(
  device: GPUDevice,
  { inner, outer, w, threshold }: Weights,
): Promise<Product> {
  const ort = await loadOrt('webgpu')
  const session = await createGpuSession(ort, graph(inner, outer, threshold !== undefined, 'inputs'), device)
  const place = (values: Float32Array<ArrayBuffer>): GPUBuffer => {
    const usage = GPUBufferUsage.STORAGE | GPUBufferUsage.COPY_DST | GPUBufferUsage.COPY_SRC
    const buffer = device.createBuffer({ size: values.byteLength, usage })
    device.queue.writeBuffer(buffer, 0, values)
    return buffer
  }
  const fixed: Record<string, Tensor> = {
    w: ort.Tensor.fromGpuBuffer(place(w), { dataType: 'float32', dims: [inner, outer] }),
  }
  if (threshold) {
    fixed.b = ort.Tensor.fromGpuBuffer(place(new Float32Array(outer)), { dataType: 'float32', dims: [outer] })
    fixed.threshold = ort.Tensor.fromGpuBuffer(place(threshold), { dataType: 'float32', dims: [outer] })
  }
  return {
    run: async (x, tokens) => {
      const input = new ort.Tensor('float32', x, [tokens, inner])
      const { y } = await session.run({ ...fixed, x: input })
      const data = await y.getData()
      y.dispose()
      if (!(data instanceof Float32Array)) throw new Error('onnxruntime gave no float32')
      return data
    },
  }
}

export async function ortWasm({ inner, outer, w, threshold }: Weights): Promise<Product> {
  const ort = await loadOrt('wasm')
  const bytes = (values: Float32Array<ArrayBuffer>): Uint8Array => new Uint8Array(values.buffer)
  const files = [{ path: 'w', data: bytes(w) }]
  if (threshold)
    files.push(
      { path: 'b', data: bytes(new Float32Array(outer)) },
      { path: 'threshold', data: bytes(threshold) },
    )
  const session: InferenceSession = await createWasmSession(
    ort,
    graph(inner, outer, threshold !== undefined, 'external'),
    files,
  )
  return {
    run: async (x, tokens) => {
      const { y } = await session.run({ x: new ort.Tensor('float32', x, [tokens, inner]) })
      const { data } = y
      if (!(data instanceof Float32Array)) throw new Error('onnxruntime gave no float32')
      return data
    },
  }
}

function graph(inner: number, outer: number, gated: boolean, weights: 'inputs' | 'external'): Uint8Array {
  const builder = new OnnxBuilder()
  const weight = (name: string, shape: number[]): string =>
    weights === 'inputs' ? builder.input(name, shape) : builder.external(name, shape)
  builder.input('x', ['tokens', inner])
  weight('w', [inner, outer])
  if (gated) {
    weight('b', [outer])
    weight('threshold', [outer])
    builder.node('product', 'MatMul', ['x', 'w'])
    builder.node('pre', 'Add', ['product', 'b'])
    builder.node('active', 'Greater', ['pre', 'threshold'])
    builder.node('gate', 'Cast', ['active'], { to: { int: 1 } })
    builder.node('y', 'Mul', ['pre', 'gate'])
  } else {
    builder.node('y', 'MatMul', ['x', 'w'])
  }
  builder.output('y', ['tokens', outer])
  return builder.finish('dense', OPSET)
}

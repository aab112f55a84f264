// A plain dense WGSL kernel, the first one anybody writes: one invocation for one number of the result.
import { readBack } from '../../../../src/gpu/buffers.ts'
import { bindBuffers, computePipeline } from '../../../../src/gpu/pipelines.ts'
import type { Product } from './ort.ts'

const SHADER = /* wgsl */ `
struct Params { tokens: u32, inner: u32, outer: u32, gated: u32 }
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> x: array<f32>;
@group(0) @binding(2) var<storage, read> w: array<f32>;
@group(0) @binding(3) var<storage, read> threshold: array<f32>;
@group(0) @binding(4) var<storage, read_write> y: array<f32>;

@compute @workgroup_size(64)
fn plain(@builtin(global_invocation_id) id: vec3u) {
  let column = id.x;
  let row = id.y;
  if (column >= params.outer) { return; }
  var sum = 0.0;
  for (var k = 0u; k < params.inner; k++) {
    sum += x[row * params.inner + k] * w[k * params.outer + column];
  }
  if (params.gated == 1u && sum <= threshold[column]) { sum = 0.0; }
  y[row * params.outer + column] = sum;
}`

export async function plainWgsl(
  device: GPUDevice,
  inner: number,
  outer: number,
  w: Float32Array<ArrayBuffer>,
  threshold?: Float32Array<ArrayBuffer>,
): Promise<Product> {
  const pipeline = await computePipeline(device, { name: 'plain', code: SHADER })
  const { STORAGE, COPY_DST, COPY_SRC, UNIFORM } = GPUBufferUsage
  const place = (values: Float32Array<ArrayBuffer> | Uint32Array<ArrayBuffer>, usage: number): GPUBuffer => {
    const buffer = device.createBuffer({ size: values.byteLength, usage: usage | COPY_DST })
    device.queue.writeBuffer(buffer, 0, values)
    return buffer
  }
  const weights = place(w, STORAGE)
  const gate = place(threshold ?? new Float32Array(1), STORAGE)
  return {
    run: async (x, tokens) => {
      const params = place(Uint32Array.of(tokens, inner, outer, threshold ? 1 : 0), UNIFORM)
      const input = place(x, STORAGE)
      const bytes = 4 * tokens * outer
      const y = device.createBuffer({ size: bytes, usage: STORAGE | COPY_SRC })
      const commands = device.createCommandEncoder()
      const pass = commands.beginComputePass()
      pass.setPipeline(pipeline)
      const bound = [params, input, weights, gate, y].map((buffer) => ({ buffer }))
      pass.setBindGroup(0, bindBuffers(device, pipeline, bound))
      pass.dispatchWorkgroups(Math.ceil(outer / 64), tokens)
      pass.end()
      device.queue.submit([commands.finish()])
      const result = new Float32Array(await readBack(device, [{ buffer: y, offset: 0, bytes }]))
      for (const buffer of [params, input, y]) buffer.destroy()
      return result
    },
  }
}

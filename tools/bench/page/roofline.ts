// What the adapter can do at best: bytes copied and fma's done a second.
import { BufferGroup } from '../../../src/gpu/buffers.ts'
import type { Gpu } from '../../../src/gpu/device.ts'
import { bindBuffers, computePipeline } from '../../../src/gpu/pipelines.ts'
import type { Roofline } from '../cases.ts'

/** Eight independent chains of vec4 fma's: enough to hide their latency. */
const FMA = /* wgsl */ `
@group(0) @binding(0) var<storage, read_write> y: array<vec4f>;
const STEPS = 256u;
@compute @workgroup_size(64)
fn fmas(@builtin(global_invocation_id) id: vec3u) {
  let a = vec4f(1.0 + f32(id.x) * 1e-7);
  let b = vec4f(1e-7);
  var s0 = a; var s1 = a + 1.0; var s2 = a + 2.0; var s3 = a + 3.0;
  var s4 = a + 4.0; var s5 = a + 5.0; var s6 = a + 6.0; var s7 = a + 7.0;
  for (var i = 0u; i < STEPS; i++) {
    s0 = fma(s0, a, b); s1 = fma(s1, a, b); s2 = fma(s2, a, b); s3 = fma(s3, a, b);
    s4 = fma(s4, a, b); s5 = fma(s5, a, b); s6 = fma(s6, a, b); s7 = fma(s7, a, b);
  }
  y[id.x] = s0 + s1 + s2 + s3 + s4 + s5 + s6 + s7;
}`
const FLOPS_PER_INVOCATION = 256 * 8 * 4 * 2

export async function roofline(gpu: Gpu): Promise<Roofline> {
  const { device, software, name } = gpu
  const group = new BufferGroup(device)
  try {
    const { STORAGE, COPY_SRC, COPY_DST } = GPUBufferUsage
    const bytes = Math.min(256 << 20, device.limits.maxBufferSize)
    const from = group.create('from', bytes, COPY_SRC)
    const to = group.create('to', bytes, COPY_DST)
    const copies = software ? 2 : 16
    const copySeconds = await best(device, (commands) => {
      for (let i = 0; i < copies; i++) commands.copyBufferToBuffer(from, 0, to, 0, bytes)
    })
    const pipeline = await computePipeline(device, { name: 'fmas', code: FMA })
    const invocations = software ? 1 << 16 : 1 << 20
    const y = group.create('y', 16 * invocations, STORAGE)
    const passes = software ? 1 : 16
    const fmaSeconds = await best(device, (commands) => {
      const pass = commands.beginComputePass()
      pass.setPipeline(pipeline)
      pass.setBindGroup(0, bindBuffers(device, pipeline, [{ buffer: y }]))
      for (let i = 0; i < passes; i++) pass.dispatchWorkgroups(invocations / 64)
      pass.end()
    })
    return {
      adapter: name,
      software,
      copyBytesPerSecond: (2 * copies * bytes) / copySeconds,
      flopsPerSecond: (passes * invocations * FLOPS_PER_INVOCATION) / fmaSeconds,
    }
  } finally {
    group.destroy()
  }
}

/** Seconds of the best of a few runs. */
async function best(device: GPUDevice, record: (commands: GPUCommandEncoder) => void): Promise<number> {
  let least = Number.POSITIVE_INFINITY
  for (let run = 0; run < 4; run++) {
    const commands = device.createCommandEncoder()
    record(commands)
    const buffer = commands.finish()
    const started = performance.now()
    device.queue.submit([buffer])
    await device.queue.onSubmittedWorkDone()
    least = Math.min(least, (performance.now() - started) / 1000)
  }
  return least
}

// Every kernel, in every shape and storage it is used in, compiles without a message, says what it binds, and has the
// struct layout TypeScript writes.
import { expect, test } from 'vitest'
import { WgslReflect } from 'wgsl_reflect'
import type { KernelSource } from '../../src/gpu/pipelines.ts'
import { ROW_PRODUCTS_PARAMS, rowProductsKernel } from '../../src/gpu/row-products.ts'
import type { UniformStruct } from '../../src/gpu/uniforms.ts'
import { FINITE_PARAMS, finiteKernel } from '../../src/sae/webgpu/finite.ts'
import {
  DECODE_PARAMS,
  decodeKernel,
  ENCODE_PARAMS,
  encodeKernel,
  FLOOR_PARAMS,
  floorKernel,
  SKIP_PARAMS,
  skipKernel,
} from '../../src/sae/webgpu/kernels.ts'
import { STATISTICS_PARAMS, statisticsKernel } from '../../src/sae/webgpu/statistics.ts'
import {
  TOP_K_LISTS_PARAMS,
  TOP_K_SCORES_PARAMS,
  topKListsKernel,
  topKScoresKernel,
} from '../../src/sae/webgpu/top-k.ts'
import { ALL_TILES } from '../../src/sae/webgpu/tuning.ts'
import { gpuForTests } from '../support/gpu.ts'

interface Case {
  title: string
  kernel: KernelSource
  struct: UniformStruct<string>
}

/** Each shape of the kernel in float32, and one of each kind in float16 too: how weights are read is the same in all. */
const encodes = ALL_TILES.flatMap((tiles) =>
  [1, 4, 100].flatMap((rows) => {
    const shape = rows > 4 ? tiles.batch : tiles.gemv
    return (['f32', 'f16'] as const).map((precision): Case & { kind: string } => ({
      title: `encode of ${rows} tokens, ${precision}, ${JSON.stringify(shape)}`,
      kernel: encodeKernel(rows, tiles, precision, rows === 100).source,
      struct: ENCODE_PARAMS,
      kind:
        precision === 'f32' ? JSON.stringify([rows, shape]) : `${rows} ${'shape' in shape && shape.shape}`,
    }))
  }),
).filter(({ kind }, at, all) => all.findIndex((other) => other.kind === kind) === at)

const rowProducts = (['f32', 'f16', 'bf16'] as const).flatMap((storage) =>
  [1, 4, 8].map((vectors): Case => {
    const kernel = rowProductsKernel(storage, vectors, vectors === 4).source
    return { title: `row products with ${vectors}, ${storage}`, kernel, struct: ROW_PRODUCTS_PARAMS }
  }),
)

const CASES: Case[] = [
  ...encodes,
  ...rowProducts,
  { title: 'decode, f32', kernel: decodeKernel('f32'), struct: DECODE_PARAMS },
  { title: 'decode, f16', kernel: decodeKernel('f16'), struct: DECODE_PARAMS },
  { title: 'top-k-floor', kernel: floorKernel(), struct: FLOOR_PARAMS },
  { title: 'skip', kernel: skipKernel(), struct: SKIP_PARAMS },
  { title: 'statistics', kernel: statisticsKernel(), struct: STATISTICS_PARAMS },
  { title: 'top-k of lists', kernel: topKListsKernel(), struct: TOP_K_LISTS_PARAMS },
  { title: 'top-k of scores', kernel: topKScoresKernel(), struct: TOP_K_SCORES_PARAMS },
  { title: 'finite', kernel: finiteKernel(), struct: FINITE_PARAMS },
]

test('every shader file is part of a kernel tested here', () => {
  const files: Record<string, string> = import.meta.glob('../../shaders/*.wgsl', {
    query: '?raw',
    import: 'default',
    eager: true,
  })
  const unused = Object.entries(files).filter(([, text]) => {
    const header = text.slice(0, text.indexOf('\n'))
    return !CASES.some(({ kernel }) => kernel.code.includes(header))
  })
  expect(unused.map(([path]) => path)).toEqual([])
})

test.each(CASES)('$title: compiles without a message, as a pipeline too', async ({ kernel }) => {
  const { device } = await gpuForTests()
  const module = device.createShaderModule({ label: kernel.name, code: kernel.code })
  const { messages } = await module.getCompilationInfo()
  expect(messages.map(({ lineNum, message }) => `${lineNum}: ${message}`)).toEqual([])
  await device.createComputePipelineAsync({
    layout: 'auto',
    compute: { module, entryPoint: kernel.name, constants: kernel.constants },
  })
})

test.each(CASES)('$title: its header lists every binding', ({ kernel }) => {
  for (const group of new WgslReflect(kernel.code).getBindGroups()) {
    for (const binding of group) {
      expect(kernel.code).toMatch(new RegExp(`^//\\s+${binding.binding} .*\\b${binding.name}\\b`, 'm'))
    }
  }
})

test.each(CASES)('$title: the uniform struct is the one TypeScript writes', ({ kernel, struct }) => {
  const params = new WgslReflect(kernel.code).uniforms.find((uniform) => uniform.name === 'params')
  const members = params?.members ?? []
  expect(members.map((member) => [member.name, member.type.name, member.offset])).toEqual(
    struct.fields.map((field, i) => [field, 'u32', 4 * i]),
  )
  expect(params?.size).toBe(struct.bytes)
})

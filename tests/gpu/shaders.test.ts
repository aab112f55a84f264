// Every shader compiles without a message, says what it binds, and has the struct layout TypeScript writes.
import { expect, test } from 'vitest'
import { WgslReflect } from 'wgsl_reflect'
import type { UniformStruct } from '../../src/gpu/uniforms.ts'
import { DECODE_PARAMS } from '../../src/sae/webgpu/decode.ts'
import { ENCODE_PARAMS } from '../../src/sae/webgpu/encode.ts'
import { FINITE_PARAMS } from '../../src/sae/webgpu/finite.ts'
import { gpuForTests } from '../support/gpu.ts'

const shaders: Record<string, string> = import.meta.glob('../../shaders/*.wgsl', {
  query: '?raw',
  import: 'default',
  eager: true,
})
const named = Object.entries(shaders).map(([path, code]): [string, string] => [
  path.replace(/.*\/(.*)\.wgsl$/, '$1'),
  code,
])

const STRUCTS: Record<string, UniformStruct<string>> = {
  encode: ENCODE_PARAMS,
  decode: DECODE_PARAMS,
  finite: FINITE_PARAMS,
}

test('there are shaders', () => {
  expect(named.length).toBeGreaterThan(0)
})

test.each(named)('%s.wgsl compiles without a message', async (name, code) => {
  const { device } = await gpuForTests()
  const { messages } = await device.createShaderModule({ label: name, code }).getCompilationInfo()
  expect(messages.map(({ lineNum, message }) => `${lineNum}: ${message}`)).toEqual([])
})

test.each(named)('the header of %s.wgsl lists every binding', (_, code) => {
  const header = code.slice(0, code.search(/^[^/\n]/m))
  for (const group of new WgslReflect(code).getBindGroups()) {
    for (const binding of group) {
      expect(header).toMatch(new RegExp(`^//\\s+${binding.binding} .*\\b${binding.name}\\b`, 'm'))
    }
  }
})

test.each(named)('the uniform struct of %s.wgsl is the one TypeScript writes', (name, code) => {
  const params = new WgslReflect(code).uniforms.find((uniform) => uniform.name === 'params')
  const struct = STRUCTS[name]
  expect(struct, `tests know the struct of ${name}`).toBeDefined()
  const members = params?.members ?? []
  expect(members.map((member) => [member.name, member.type.name, member.offset])).toEqual(
    struct.fields.map((field, i) => [field, 'u32', 4 * i]),
  )
  expect(params?.size).toBe(struct.bytes)
})

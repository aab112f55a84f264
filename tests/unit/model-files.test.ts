// A model is opened from one file of weights, or from the shards an index lists.
import { expect, test } from 'vitest'
import { openModelFiles } from '../../src/engine/model-files.ts'
import { writeSafetensors } from '../../src/formats/write-safetensors.ts'
import { Hub } from '../../src/hub/hub.ts'
import { AWKWARD } from '../support/gemma-reference.ts'

const [ONE, TWO] = ['model-00001-of-00002.safetensors', 'model-00002-of-00002.safetensors']
const shard = (file: string, name: string, value: number): File =>
  new File([writeSafetensors([{ name, shape: [1], data: Float32Array.of(value) }], {})], file)
const config = new File([JSON.stringify(AWKWARD)], 'config.json')
const index = (weight_map: Record<string, string>): File =>
  new File([JSON.stringify({ metadata: { total_size: 8 }, weight_map })], 'model.safetensors.index.json')
const open = (...files: File[]) =>
  openModelFiles([config, ...files], new Hub('http://localhost/'), new AbortController().signal)

test('shards are one model', async () => {
  const { weights } = await open(index({ a: ONE, b: TWO }), shard(ONE, 'a', 3), shard(TWO, 'b', 4))
  expect([...weights.keys()].sort()).toEqual(['a', 'b'])
  expect(await weights.get('b')?.readFloat32(0, 1)).toEqual(Float32Array.of(4))
})

test('a missing shard, a wrong index and missing weights are named', async () => {
  await expect(open(index({ a: ONE, b: TWO }), shard(ONE, 'a', 3))).rejects.toMatchObject({
    title: 'A part of the model is missing.',
    detail: expect.stringContaining(TWO),
  })
  await expect(open(index({ a: TWO, b: ONE }), shard(ONE, 'a', 3), shard(TWO, 'b', 4))).rejects.toMatchObject(
    {
      title: 'model.safetensors.index.json does not fit its files.',
      detail: expect.stringMatching(/holds "a"|holds "b"/),
    },
  )
  await expect(open()).rejects.toMatchObject({ detail: expect.stringContaining('No model.safetensors') })
})

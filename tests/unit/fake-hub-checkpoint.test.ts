// The fake hub's checkpoints are what they claim: tests of real sizes rest on this.
import { expect, test } from 'vitest'
import { readSafetensors } from '../../src/formats/safetensors.ts'
import { readShardedSafetensors } from '../../src/formats/safetensors-shards.ts'
import type { ByteSource } from '../../src/lib/byte-source.ts'
import { parseGemmaConfig } from '../../src/model/config.ts'
import { checkpoint } from '../support/fake-hub/checkpoint.ts'
import { publishedFile } from '../support/fake-hub/content.ts'
import { checkpointWeight } from '../support/fake-hub/weights.ts'

function filesOf(repo: string, salt = 0): (path: string) => ByteSource {
  const files = checkpoint(repo, salt)
  return (path) => {
    const file = files?.get(path)
    if (!file) throw new Error(`no ${path} in ${repo}`)
    const read: ByteSource['read'] = async (offset, length) => Uint8Array.from(file.read(offset, length))
    return { name: path, size: file.size, read }
  }
}

async function jsonOf(source: ByteSource): Promise<unknown> {
  return JSON.parse(new TextDecoder().decode(await source.read(0, source.size)))
}

test('two layers in Gemma 2 2B’s dimensions lie in shards that the index lists', async () => {
  const open = filesOf('fake/gemma-2-2b-two-layers')
  const config = parseGemmaConfig(await jsonOf(open('config.json')))
  expect(config).toMatchObject({ numHiddenLayers: 2, hiddenSize: 2304, vocabSize: 256_000 })
  const name = 'model.safetensors.index.json'
  const arrays = await readShardedSafetensors(async (path) => open(path), await jsonOf(open(name)), name)
  expect(arrays.size).toBe(2 + 2 * 11)
  expect(arrays.get('model.layers.1.mlp.down_proj.weight')?.shape).toEqual([2304, 9216])
  for (const shard of [1, 2, 3])
    expect(open(`model-0000${shard}-of-00003.safetensors`).size).toBeGreaterThan(1e8)
})

test('any number is known by its tensor and place, and looks like a trained weight', async () => {
  const arrays = await readSafetensors(filesOf('unsloth/gemma-2-2b')('model.safetensors'))
  const tensor = 'model.layers.25.mlp.up_proj.weight'
  const place = 9000 * 2304 + 11
  const found = await arrays.get(tensor)?.readFloat32(place, 10_000)
  const wanted = Array.from({ length: 10_000 }, (_, i) => checkpointWeight(tensor, place + i))
  expect(found && [...found]).toEqual(wanted)
  const deviation = Math.sqrt(wanted.reduce((sum, value) => sum + value * value, 0) / wanted.length)
  expect(deviation).toBeGreaterThan(0.029)
  expect(deviation).toBeLessThan(0.031)
  expect(checkpointWeight(tensor, place, 1)).not.toBe(wanted[0])
})

test('files have the real ones’ bytes of tensors', async () => {
  const bytes = async (repo: string): Promise<number> => {
    const arrays = await readSafetensors(filesOf(repo)('model.safetensors'))
    return [...arrays.values()].reduce((sum, { shape }) => sum + 2 * shape.reduce((a, b) => a * b, 1), 0)
  }
  // 2,614,341,888 and 268,098,176 parameters, as the hub counts them.
  expect(await bytes('unsloth/gemma-2-2b')).toBe(2 * 2_614_341_888)
  expect(await bytes('unsloth/gemma-3-270m')).toBe(2 * 268_098_176)
})

test('a repository has a tokenizer, and an id that changes with its content', () => {
  const name = 'fake/gemma-2-2b-two-layers'
  expect(publishedFile(`${name}/tokenizer.json`, 0)?.id).toMatch(/^3f289bc0/)
  const [one, two] = [0, 1].map((salt) => publishedFile(`${name}/model-00001-of-00003.safetensors`, salt)?.id)
  expect(one).toMatch(/^[0-9a-f]{40}$/)
  expect(one).not.toBe(two)
})

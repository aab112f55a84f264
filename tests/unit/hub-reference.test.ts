import { describe, expect, test } from 'vitest'
import { parseReference, plainAddress } from '../../src/hub/reference.ts'

const HUB = 'https://huggingface.co'
const parse = (name: string, endpoint = HUB) => parseReference(name, endpoint)
const place = (repo: string, revision: string, folder: string, file?: string) => ({
  kind: 'repo',
  repo,
  revision,
  folder,
  file,
})

describe('a reference', () => {
  test.for([
    ['google/gemma-scope-2b-pt-res', place('google/gemma-scope-2b-pt-res', 'main', '')],
    ['hf:o/r', place('o/r', 'main', '')],
    ['hf:o/r@v1/layer_20/params.npz', place('o/r', 'v1', 'layer_20/', 'params.npz')],
    ['hf:o/r@refs/pr/3/params.npz', place('o/r', 'refs/pr/3', '', 'params.npz')],
    ['hf:o/r@refs%2Fpr%2F3/params.npz', place('o/r', 'refs/pr/3', '', 'params.npz')],
    ['o/r/layer_20/width_16k/average_l0_71', place('o/r', 'main', 'layer_20/width_16k/average_l0_71/')],
    ['o/r/layer_20/', place('o/r', 'main', 'layer_20/')],
    ['o/r/v1.5/', place('o/r', 'main', 'v1.5/')],
    [`${HUB}/o/r`, place('o/r', 'main', '')],
    [`${HUB}/o/r/`, place('o/r', 'main', '')],
    [`${HUB}/o/r/resolve/main/a/b.npz?download=true`, place('o/r', 'main', 'a/', 'b.npz')],
    [`${HUB}/o/r/blob/abc/LICENSE`, place('o/r', 'abc', '', 'LICENSE')],
    [`${HUB}/o/r/tree/main/layer.5`, place('o/r', 'main', 'layer.5/')],
    [`${HUB}/o/r/tree/refs/pr/3/a`, place('o/r', 'refs/pr/3', 'a/')],
    ['https://hf.co/o/r', place('o/r', 'main', '')],
  ] as const)('%s', ([name, expected]) => {
    expect(parse(name)).toEqual(expected)
  })

  test('on the configured endpoint is its repository, elsewhere a plain address', () => {
    const mirror = 'https://mirror.example/hub'
    expect(parse(`${mirror}/o/r/resolve/main/b.npz`, mirror)).toEqual(place('o/r', 'main', '', 'b.npz'))
    expect(parse(`${mirror}/o/r/resolve/main/b.npz`)).toMatchObject({ kind: 'address' })
  })

  test('of an address keeps the file’s query and leaves it out of the folder’s', () => {
    const url = 'https://example.org/a%20b/params.npz?signature=secret'
    const folder = 'https://example.org/a%20b/'
    expect(parse(url)).toEqual({ kind: 'address', folder, file: { url, name: 'params.npz' } })
    expect(parse(folder)).toEqual({ kind: 'address', folder, file: undefined })
    expect(plainAddress(url)).toBe('https://example.org/a%20b/params.npz')
  })

  test('of a data set or a space is no repository of models', () => {
    expect(parse(`${HUB}/datasets/o/r/resolve/main/x.npz`)).toMatchObject({ kind: 'address' })
  })

  test.for(['', 'gemma', 'o/r/../../x', 'hf:', '../x', 'o /r', 'http://'])('"%s" means nothing', (name) => {
    expect(() => parse(name)).toThrow()
  })
})

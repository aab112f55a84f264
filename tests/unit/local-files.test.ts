import { expect, test } from 'vitest'
import { localFiles } from '../../src/hub/file-set.ts'

/** As a folder picker gives it. */
function inFolder(path: string, text: string): File {
  const file = new File([text], path.slice(path.lastIndexOf('/') + 1))
  return Object.defineProperty(file, 'webkitRelativePath', { value: path })
}

test('a picked folder keeps its inner folders, and is named as it is', async () => {
  const set = localFiles([inFolder('sae/cfg.json', '{}'), inFolder('sae/layer_1/cfg.json', '[]')])
  expect(set.name).toBe('sae')
  expect(set.paths).toEqual(['cfg.json', 'layer_1/cfg.json'])
  expect(await set.text('layer_1/cfg.json')).toBe('[]')
  expect((await set.find('cfg.json'))?.size).toBe(2)
  expect(await set.find('params.npz')).toBeUndefined()
})

test('loose files go by their names', () => {
  const set = localFiles([new File(['a'], 'a.npz'), new File(['b'], 'b.json')])
  expect(set.paths).toEqual(['a.npz', 'b.json'])
  expect(set.name).toBe('2 local files')
})

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

test('a local file is streamed part by part, and stops when it is cancelled', async () => {
  const bytes = Uint8Array.from({ length: 3_000_000 }, (_, i) => (i * 2654435761) >>> 24)
  const source = await localFiles([new File([bytes], 'a.bin')]).find('a.bin')
  const found = new Uint8Array(2_500_000)
  let got = 0
  await source?.stream?.(7, found.length, (part) => {
    found.set(part, got)
    got += part.length
  })
  expect(got).toBe(2_500_000)
  expect(found.findIndex((byte, i) => byte !== bytes[7 + i])).toBe(-1)

  const controller = new AbortController()
  let parts = 0
  const cancelled = source?.stream?.(
    0,
    3_000_000,
    () => {
      parts += 1
      controller.abort()
    },
    controller.signal,
  )
  await expect(cancelled).rejects.toMatchObject({ name: 'AbortError' })
  expect(parts).toBe(1)
  await expect(source?.stream?.(2_999_999, 2, () => undefined)).rejects.toBeInstanceOf(RangeError)
})

// The fake hub's SAEs are what they claim: tests that use them rest on this.
import { expect, test } from 'vitest'
import { readNpz } from '../../src/formats/npz.ts'
import { scopeFile } from '../support/fake-hub/generated.ts'
import { scopeWeight } from '../support/fake-hub/weights.ts'

test('a params.npz has the size of Gemma Scope’s own, and its numbers are known by their place', async () => {
  const file = scopeFile(2304, 16_384)
  expect(file.size).toBe(302_131_416)
  const arrays = await readNpz({
    name: 'params.npz',
    size: file.size,
    read: async (offset, length) => Uint8Array.from(file.read(offset, length)),
  })
  const place = 1000 * 16_384 + 77
  expect((await arrays.get('W_enc')?.readFloat32(place, 1))?.[0]).toBe(scopeWeight('W_enc', place))
  const thresholds = await arrays.get('threshold')?.readFloat32(0, 16_384)
  expect(thresholds?.every((value) => value > 0)).toBe(true)
  expect(thresholds?.[9]).toBe(scopeWeight('threshold', 9))
})

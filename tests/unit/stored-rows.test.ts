import { expect, test } from 'vitest'
import { keysOf, type StoredPart, storedRows } from '../../src/hub/stored-rows.ts'

const file = (key: string, more: Partial<StoredPart> = {}): StoredPart => ({
  key,
  name: 'owner/repo/params.npz',
  size: 100,
  present: 100,
  verified: 'size',
  lastUsed: 1,
  ...more,
})
const layer = (key: string, number: number, more: Partial<StoredPart> = {}): StoredPart =>
  file(key, { name: 'unsloth/gemma-2-2b, 8 bits', part: `layer ${number}`, revision: 'c', ...more })

test('the packed layers of a model in one precision are one line that is deleted as one', () => {
  const rows = storedRows([
    layer('a', 0, { lastUsed: 5 }),
    file('b', { lastUsed: 4 }),
    layer('c', 1, { size: 50, present: 50 }),
  ])
  expect(rows.map(({ name }) => name)).toEqual([
    'unsloth/gemma-2-2b, 8 bits, 2 layers',
    'owner/repo/params.npz',
  ])
  expect(rows[0]).toMatchObject({ size: 150, present: 150, verified: 'packed', lastUsed: 5 })
  expect(keysOf(rows[0].key)).toEqual(['a', 'c'])
  expect(keysOf(rows[1].key)).toEqual(['b'])
})

test('other precisions and revisions are other lines, and one layer that is not whole tells', () => {
  const rows = storedRows([
    layer('a', 0),
    layer('b', 1, { present: 99 }),
    layer('c', 0, { name: 'unsloth/gemma-2-2b, 4 bits' }),
    layer('d', 0, { revision: 'other' }),
  ])
  expect(rows.map(({ name, verified }) => [name, verified])).toEqual([
    ['unsloth/gemma-2-2b, 8 bits, 2 layers', 'incomplete'],
    ['unsloth/gemma-2-2b, 4 bits, 1 layer', 'packed'],
    ['unsloth/gemma-2-2b, 8 bits, 1 layer', 'packed'],
  ])
})

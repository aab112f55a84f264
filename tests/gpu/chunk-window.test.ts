// Chunks of a download take turns in little memory, and a chunk that is read keeps its own.
import { expect, test } from 'vitest'
import { ChunkMemory, ChunkWindow } from '../../src/hub/chunk-window.ts'

test('a chunk that is read anew keeps its memory while room is made for those after it', async () => {
  const memory = new ChunkMemory(() => 8)
  const window = new ChunkWindow({
    ...{ chunks: 20, memory, onAbandoned: () => undefined },
    obtain: async (index, _, stored) => {
      const bytes = memory.take(4).fill(index)
      stored()
      return bytes
    },
  })
  const nothing = (): void => undefined
  // One that was read, one that is only there ahead, and the one in question, which was read too.
  await window.read(9, 10, undefined, nothing)
  await window.read(0, 0, undefined, nothing)
  await window.read(0, 3, undefined, (bytes) => {
    expect([...bytes]).toEqual([0, 0, 0, 0])
    const spare = Array.from({ length: 8 }, () => memory.take(4).buffer)
    expect(spare).not.toContain(bytes.buffer)
  })
})

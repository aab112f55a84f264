// Lists of active features on the GPU as the encode kernel leaves them, from entries written down in a test.
import type { BufferGroup } from '../../src/gpu/buffers.ts'
import type { Lists } from '../../src/sae/webgpu/lists.ts'

export interface Entry {
  value: number
  feature: number
}

/** Lists with room for the longest row unless told; entries beyond `capacity` are counted and not written. */
export function listsOnGpu(
  rows: readonly (readonly Entry[])[],
  group: BufferGroup,
  capacity?: number,
): Lists {
  const room = capacity ?? Math.max(1, ...rows.map((row) => row.length))
  // Behind a row's entries lies what an earlier use left there.
  const words = new Uint32Array(2 * room * rows.length).fill(0x7f000000)
  const floats = new Float32Array(words.buffer)
  rows.forEach((row, r) => {
    row.slice(0, room).forEach(({ value, feature }, i) => {
      floats[2 * (r * room + i)] = value
      words[2 * (r * room + i) + 1] = feature
    })
  })
  const usage = GPUBufferUsage.STORAGE | GPUBufferUsage.COPY_SRC
  return {
    rows: rows.length,
    capacity: room,
    counts: group.upload(
      'counts',
      Uint32Array.from(rows, (row) => row.length),
      usage,
    ),
    entries: group.upload('entries', words, usage),
  }
}

// Spoils a stored chunk on the disk, as a crash or a failing disk would, or fills the storage.
import { vi } from 'vitest'
import { CHUNK } from '../../src/hub/chunks.ts'
import { StorageFailed } from '../../src/hub/opfs.ts'
import { ShelfLink } from '../../src/hub/shelf-link.ts'

/** Of one of the first 16 chunks of a stored file some bytes are changed, or the rest of the disk's file is cut off. */
export async function damageChunk(
  key: string,
  index: number,
  how: 'damaged' | 'cut short' = 'damaged',
): Promise<void> {
  await new ShelfLink({ key, size: 0, chunk: CHUNK }).close()
  const root = await (await navigator.storage.getDirectory()).getDirectoryHandle('hub')
  const file = await (await root.getDirectoryHandle(key)).getFileHandle('chunks-0')
  const writable = await file.createWritable({ keepExistingData: true })
  const position = 4096 + index * CHUNK + 5000
  if (how === 'damaged') await writable.write({ type: 'write', position, data: new Uint8Array(3) })
  else await writable.truncate(position)
  await writable.close()
}

/** From now on storage takes nothing more, until mocks are restored. */
export function fillStorage(): void {
  const full = new DOMException('full', 'QuotaExceededError')
  vi.spyOn(FileSystemFileHandle.prototype, 'createWritable').mockRejectedValue(full)
  vi.spyOn(ShelfLink.prototype, 'put').mockImplementation(async (_, bytes) => ({
    bytes,
    failed: new StorageFailed(full),
  }))
}

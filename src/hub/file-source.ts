// A ByteSource over a local file the user gave; only the ranges asked for are read from disk.
import type { ByteSource } from '../lib/byte-source.ts'
import { UserError } from '../lib/errors.ts'

/** Reads a local file by slices. Rejects with a UserError when the file has changed or gone. */
export function fileSource(file: File): ByteSource {
  return {
    name: file.name,
    size: file.size,
    async read(offset, length, signal) {
      signal?.throwIfAborted()
      if (offset < 0 || offset + length > file.size) {
        throw new RangeError(`${file.name}: bytes ${offset} to ${offset + length} of ${file.size}`)
      }
      try {
        return new Uint8Array(await file.slice(offset, offset + length).arrayBuffer())
      } catch (error) {
        throw new UserError(
          {
            title: `${file.name} could not be read.`,
            detail: error instanceof Error ? error.message : String(error),
            remedy: 'It may have been moved or changed since it was chosen: choose it again.',
          },
          { cause: error },
        )
      }
    },
  }
}

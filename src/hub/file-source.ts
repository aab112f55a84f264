// A ByteSource over a local file the user gave; only the ranges asked for are read from disk.
import { type ByteSource, checkRange } from '../lib/byte-source.ts'
import { UserError } from '../lib/errors.ts'

/** Reads a local file by slices. Rejects with a UserError when the file has changed or gone. */
export function fileSource(file: File): ByteSource {
  const { name, size } = file
  return {
    name,
    size,
    async read(offset, length, signal) {
      signal?.throwIfAborted()
      checkRange(name, size, offset, length)
      const slice = file.slice(offset, offset + length)
      return new Uint8Array(await slice.arrayBuffer().catch(unreadable(name)))
    },
    async stream(offset, length, onBytes, signal) {
      checkRange(name, size, offset, length)
      const reader = file
        .slice(offset, offset + length)
        .stream()
        .getReader()
      try {
        for (;;) {
          signal?.throwIfAborted()
          const { value } = await reader.read().catch(unreadable(name))
          if (!value) return
          await onBytes(value)
        }
      } finally {
        await reader.cancel().catch(() => undefined)
      }
    },
  }
}

function unreadable(name: string): (error: unknown) => never {
  return (error) => {
    throw new UserError(
      {
        title: `${name} could not be read.`,
        detail: error instanceof Error ? error.message : String(error),
        remedy: 'It may have been moved or changed since it was chosen: choose it again.',
      },
      { cause: error },
    )
  }
}

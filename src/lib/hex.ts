/** Bytes as two lower-case hexadecimal digits each, as checksums are written. */
export function hex(bytes: Iterable<number>): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('')
}

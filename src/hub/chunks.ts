// Downloads are fetched and kept in pieces of this many bytes.
export const CHUNK = 4 * 1024 * 1024

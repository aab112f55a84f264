// A named array inside a file, whatever the file's format: what SAE and model loaders read from.

/** Takes the next part of a stream. */
export type OnBytes = (part: Uint8Array<ArrayBuffer>) => Promise<void> | void

export interface ArrayEntry {
  /** Name inside the file, "W_enc" or "model.norm.weight". */
  readonly name: string
  readonly shape: readonly number[]
  /** The file's own word for the type: "F32", "BF16", "<f4". */
  readonly dtype: string
  /**
   * Elements `first` .. `first + count - 1` in C order as float32, read by range: only these bytes are fetched.
   * UserError for an array whose elements are no numbers. `into`, of at least `count`, may be filled and a view of
   * it returned: whoever reads a matrix block by block need not have fresh memory for each.
   */
  readFloat32(
    first: number,
    count: number,
    signal?: AbortSignal,
    into?: Float32Array<ArrayBuffer>,
  ): Promise<Float32Array<ArrayBuffer>>
  /**
   * The same as they lie in the file, little-endian, in parts of whatever length; `onBytes` is awaited before the
   * next part, which may then overwrite this one. Only arrays that lie in one piece have it.
   */
  stream?(first: number, count: number, onBytes: OnBytes, signal?: AbortSignal): Promise<void>
  /** Says that all of it will be read, in order: it may be fetched beside what is read now. */
  willRead?(): void
  /** The same as float64. UserError for a 64-bit integer that float64 does not hold exactly. */
  readFloat64(first: number, count: number, signal?: AbortSignal): Promise<Float64Array<ArrayBuffer>>
  /** The same as text; only arrays of strings have it. */
  readStrings?(first: number, count: number, signal?: AbortSignal): Promise<string[]>
}

/** Arrays of one file (or of several shards) by name. */
export type ArrayFile = ReadonlyMap<string, ArrayEntry>

/** Number of elements of a shape. */
export function elementCount(shape: readonly number[]): number {
  return shape.reduce((product, length) => product * length, 1)
}

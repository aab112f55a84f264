// Expands the element types of array files to float32 and float64. Multi-byte types are little-endian here.

type Bytes = Uint8Array<ArrayBuffer>

export interface ElementType {
  bytes: number
  /** Expands `count` elements; `bytes` may start at any alignment. */
  expand(bytes: Bytes, count: number): Float32Array<ArrayBuffer>
  /** The same as float64: exact but for integers of 64 bits beyond 2^53, which are rounded. */
  expand64(bytes: Bytes, count: number): Float64Array<ArrayBuffer>
}

/** A view at offset 0: typed arrays need alignment, and files do not keep it (params.npz data starts at byte 187). */
function aligned(bytes: Bytes): ArrayBuffer {
  const whole = bytes.byteOffset === 0 && bytes.byteLength === bytes.buffer.byteLength
  return whole ? bytes.buffer : bytes.slice().buffer
}

/** A type with a typed array of its own. */
function typed(bytes: number, view: (buffer: ArrayBuffer, count: number) => ArrayLike<number>): ElementType {
  return {
    bytes,
    expand: (data, count) => new Float32Array(view(aligned(data), count)),
    expand64: (data, count) => new Float64Array(view(aligned(data), count)),
  }
}

/** A type whose values float32 holds. */
function narrow(bytes: number, expand: ElementType['expand']): ElementType {
  return { bytes, expand, expand64: (data, count) => new Float64Array(expand(data, count)) }
}

/** A type that is made float64 first. */
function wide(bytes: number, expand64: ElementType['expand64']): ElementType {
  return { bytes, expand: (data, count) => new Float32Array(expand64(data, count)), expand64 }
}

export const FLOAT32 = narrow(4, (bytes, count) => new Float32Array(aligned(bytes), 0, count))
export const FLOAT64 = wide(8, (bytes, count) => new Float64Array(aligned(bytes), 0, count))

/** bfloat16 is the upper half of a float32. */
export const BFLOAT16 = narrow(2, (bytes, count) => {
  const halves = new Uint16Array(aligned(bytes), 0, count)
  const bits = new Uint32Array(count)
  for (let i = 0; i < count; i++) bits[i] = halves[i] << 16
  return new Float32Array(bits.buffer)
})

/** IEEE 754 binary16, through a table of all 65,536 values. */
export const FLOAT16 = narrow(2, (bytes, count) => {
  const table = float16Table()
  const halves = new Uint16Array(aligned(bytes), 0, count)
  const out = new Float32Array(count)
  for (let i = 0; i < count; i++) out[i] = table[halves[i]]
  return out
})

/** numpy and PyTorch write 0 and 1; any other byte is true as well. */
export const BOOL = narrow(1, (bytes, count) =>
  new Float32Array(bytes.subarray(0, count)).map((byte) => +(byte !== 0)),
)

export const INT8 = typed(1, (buffer, count) => new Int8Array(buffer, 0, count))
export const UINT8 = typed(1, (buffer, count) => new Uint8Array(buffer, 0, count))
export const INT16 = typed(2, (buffer, count) => new Int16Array(buffer, 0, count))
export const UINT16 = typed(2, (buffer, count) => new Uint16Array(buffer, 0, count))
export const INT32 = typed(4, (buffer, count) => new Int32Array(buffer, 0, count))
export const UINT32 = typed(4, (buffer, count) => new Uint32Array(buffer, 0, count))
export const INT64 = wide(8, (bytes, count) => joinHalves(bytes, count, new Int32Array(aligned(bytes))))
export const UINT64 = wide(8, (bytes, count) => joinHalves(bytes, count, new Uint32Array(aligned(bytes))))

/** 64-bit integers from their halves; `upper` has the signedness of the upper ones. */
function joinHalves(bytes: Bytes, count: number, upper: Int32Array | Uint32Array): Float64Array<ArrayBuffer> {
  const lower = new Uint32Array(aligned(bytes))
  const out = new Float64Array(count)
  for (let i = 0; i < count; i++) out[i] = upper[2 * i + 1] * 2 ** 32 + lower[2 * i]
  return out
}

/** A copy in which the bytes of every unit of `width` are in the other order. */
export function swapped(bytes: Bytes, width: number): Bytes {
  const out = new Uint8Array(bytes.length)
  for (let at = 0; at < bytes.length; at += width) {
    for (let i = 0; i < width; i++) out[at + i] = bytes[at + width - 1 - i]
  }
  return out
}

let cachedTable: Float32Array | undefined

function float16Table(): Float32Array {
  if (cachedTable) return cachedTable
  const table = new Float32Array(65536)
  for (let half = 0; half < 65536; half++) table[half] = float16ToNumber(half)
  cachedTable = table
  return table
}

function float16ToNumber(half: number): number {
  const sign = half & 0x8000 ? -1 : 1
  const exponent = (half >> 10) & 0x1f
  const fraction = half & 0x3ff
  if (exponent === 0) return sign * fraction * 2 ** -24
  if (exponent === 0x1f) return fraction ? Number.NaN : sign * Number.POSITIVE_INFINITY
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15)
}

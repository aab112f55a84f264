// Expands the element types of weight files to float32. All multi-byte types here are little-endian.

export interface ElementType {
  bytes: number
  /** Expands `count` elements; `bytes` may start at any alignment. */
  expand(bytes: Uint8Array<ArrayBuffer>, count: number): Float32Array<ArrayBuffer>
}

/** A view at offset 0: typed arrays need alignment, and files do not keep it (params.npz data starts at byte 187). */
function aligned(bytes: Uint8Array<ArrayBuffer>): ArrayBuffer {
  const whole = bytes.byteOffset === 0 && bytes.byteLength === bytes.buffer.byteLength
  return whole ? bytes.buffer : bytes.slice().buffer
}

export const FLOAT32: ElementType = {
  bytes: 4,
  expand: (bytes, count) => new Float32Array(aligned(bytes), 0, count),
}

export const FLOAT64: ElementType = {
  bytes: 8,
  expand: (bytes, count) => Float32Array.from(new Float64Array(aligned(bytes), 0, count)),
}

/** bfloat16 is the upper half of a float32. */
export const BFLOAT16: ElementType = {
  bytes: 2,
  expand: (bytes, count) => {
    const halves = new Uint16Array(aligned(bytes), 0, count)
    const bits = new Uint32Array(count)
    for (let i = 0; i < count; i++) bits[i] = halves[i] << 16
    return new Float32Array(bits.buffer)
  },
}

/** IEEE 754 binary16, through a table of all 65,536 values. */
export const FLOAT16: ElementType = {
  bytes: 2,
  expand: (bytes, count) => {
    const table = float16Table()
    const halves = new Uint16Array(aligned(bytes), 0, count)
    const out = new Float32Array(count)
    for (let i = 0; i < count; i++) out[i] = table[halves[i]]
    return out
  },
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

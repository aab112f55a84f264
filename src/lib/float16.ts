// float32 → IEEE 754 binary16, two to a word, as WGSL's unpack2x16float reads them.

const FLOAT = new Float32Array(1)
const BITS = new Uint32Array(FLOAT.buffer)

/** The nearest binary16 (ties to even) of a number, as its 16 bits; beyond ±65504 it is infinity. */
export function toFloat16(value: number): number {
  FLOAT[0] = value
  const bits = BITS[0]
  const sign = (bits >>> 16) & 0x8000
  const magnitude = bits & 0x7fffffff
  if (magnitude >= 0x47800000) return sign | (magnitude > 0x7f800000 ? 0x7e00 : 0x7c00)
  if (magnitude < 0x38800000) {
    // Below 2^-14 binary16 counts in steps of 2^-24: adding 2^-1 · 1.0 makes float32 round to just that step.
    FLOAT[0] = Math.abs(value) + 0.5
    return sign | (BITS[0] - 0x3f000000)
  }
  const rounded = magnitude - 0x38000000 + 0xfff + ((magnitude >>> 13) & 1)
  return sign | (rounded >>> 13)
}

/** Packs an even count of numbers, the first of each pair in the low half. */
export function packFloat16(values: Float32Array): Uint32Array<ArrayBuffer> {
  const packed = new Uint32Array(values.length / 2)
  for (let i = 0; i < packed.length; i++) {
    packed[i] = toFloat16(values[2 * i]) | (toFloat16(values[2 * i + 1]) << 16)
  }
  return packed
}

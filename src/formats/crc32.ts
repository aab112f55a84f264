// The checksum of zip members: CRC-32 with polynomial 0xEDB88320, four bytes a step.

const TABLES = makeTables()

function makeTables(): Uint32Array[] {
  const tables = [0, 1, 2, 3].map(() => new Uint32Array(256))
  for (let byte = 0; byte < 256; byte++) {
    let crc = byte
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0xedb88320 : crc >>> 1
    tables[0][byte] = crc
  }
  for (let byte = 0; byte < 256; byte++) {
    for (let k = 1; k < 4; k++) {
      const before = tables[k - 1][byte]
      tables[k][byte] = (before >>> 8) ^ tables[0][before & 255]
    }
  }
  return tables
}

/** The checksum of what `crc` is the checksum of, with `bytes` behind it; 0 to begin with. */
export function crc32(crc: number, bytes: Uint8Array): number {
  const [t0, t1, t2, t3] = TABLES
  let c = ~crc
  const whole = bytes.length & ~3
  let i = 0
  for (; i < whole; i += 4) {
    c ^= bytes[i] | (bytes[i + 1] << 8) | (bytes[i + 2] << 16) | (bytes[i + 3] << 24)
    c = t3[c & 255] ^ t2[(c >>> 8) & 255] ^ t1[(c >>> 16) & 255] ^ t0[c >>> 24]
  }
  for (; i < bytes.length; i++) c = (c >>> 8) ^ t0[(c ^ bytes[i]) & 255]
  return ~c >>> 0
}

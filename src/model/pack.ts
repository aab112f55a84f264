// Panels of a weight from the checkpoint's bytes to the bytes that are kept, and from those to the numbers in place.
import { FLOAT16 } from '../formats/element-types.ts'
import { UserError } from '../lib/errors.ts'
import { toFloat16 } from '../lib/float16.ts'
import { inFours, type PackedPart, type PackedWeight, type Panel, panelRange } from './packed-layer.ts'
import { emptyRows, type QuantisedRows, quantiseRows, type UnquantisedRows } from './quantise.ts'
import { isNorm, quantisedBits } from './weights.ts'

type Bytes = Uint8Array<ArrayBuffer>

const INFINITE_HALF = 0x7c00

/** Converts the panels of one weight, one after another, in memory of its own. */
export class Packer {
  /** Where the checkpoint's bytes of a panel are to be put. */
  readonly source: Bytes
  readonly #packed: PackedWeight
  #quantised: QuantisedRows | undefined
  #halves: Uint16Array<ArrayBuffer> | undefined
  #floats: Float32Array<ArrayBuffer> | undefined

  constructor(packed: PackedWeight) {
    this.#packed = packed
    const rows = Math.max(...packed.panels.map((panel) => panel.rows))
    this.source = new Uint8Array(inFours(rows * packed.columns * sourceWidth(packed)))
  }

  /** Bytes of a panel in `source`. */
  sourceBytes({ rows }: Panel): number {
    return rows * this.#packed.columns * sourceWidth(this.#packed)
  }

  /** The panel in `source` as it is kept, a list by part; good until the next call. Throws UserError for bad numbers. */
  pack(panel: Panel): Bytes[] {
    const { columns, precision, parts, entry } = this.#packed
    const count = panel.rows * columns
    if (parts[0].form === 'plain') {
      const bytes = this.source.subarray(0, panelRange(this.#packed, parts[0], panel).length)
      return [bytes.fill(0, this.sourceBytes(panel))]
    }
    if (precision === 'q8' || precision === 'q4') {
      const shape = { rows: panel.rows, columns, bits: quantisedBits(precision) }
      const most = this.#packed.panels[0].rows
      this.#quantised ??= emptyRows(most, columns, shape.bits)
      const { blocks, scales } = this.#quantised
      quantiseRows(
        this.#values(count),
        { ...shape, name: entry.name, firstRow: panel.firstRow },
        this.#quantised,
      )
      return [
        blocks.subarray(0, panel.rows * parts[0].rowBytes),
        new Uint8Array(scales.buffer, 0, panel.rows * parts[1].rowBytes),
      ]
    }
    this.#halves ??= new Uint16Array(this.source.length / sourceWidth(this.#packed) + 1)
    this.#toHalves(this.#halves, count, panel)
    return [new Uint8Array(this.#halves.buffer, 0, inFours(count * 2))]
  }

  /** Kept bytes of a part's panel as they are used: float32 (a norm's as gains, 1 + w), or as they are. */
  place(part: PackedPart, panel: Panel, kept: Bytes): Bytes {
    if (part.form !== 'plain') return kept
    const count = panel.rows * this.#packed.columns
    const floats = this.#expand(kept, count)
    if (isNorm(this.#packed.weight)) for (let i = 0; i < count; i += 1) floats[i] += 1
    return new Uint8Array(floats.buffer, floats.byteOffset, floats.byteLength)
  }

  #values(count: number): UnquantisedRows {
    const { buffer } = this.source
    switch (this.#packed.sourceType) {
      case 'BF16':
        return new Uint16Array(buffer, 0, count)
      case 'F32':
        return new Float32Array(buffer, 0, count)
      case 'F16':
        return FLOAT16.expand(this.source.slice(0, count * 2), count)
    }
  }

  /** float32 in memory of its own; the bytes given stay as they are. */
  #expand(kept: Bytes, count: number): Float32Array<ArrayBuffer> {
    this.#floats ??= new Float32Array(this.source.length / sourceWidth(this.#packed))
    const floats = this.#floats
    const target = floats.subarray(0, count)
    switch (this.#packed.sourceType) {
      case 'BF16': {
        const halves = new Uint16Array(kept.buffer, kept.byteOffset, count)
        const bits = new Uint32Array(floats.buffer)
        for (let i = 0; i < count; i += 1) bits[i] = halves[i] << 16
        break
      }
      case 'F32':
        target.set(new Float32Array(kept.buffer, kept.byteOffset, count))
        break
      case 'F16':
        target.set(FLOAT16.expand(kept.slice(0, count * 2), count))
        break
    }
    return target
  }

  #toHalves(into: Uint16Array<ArrayBuffer>, count: number, { firstRow }: Panel): void {
    const { sourceType, entry, columns } = this.#packed
    const refuse = (i: number, value: number): UserError =>
      new UserError({
        title: "The model's weights do not fit 16 bits.",
        detail: `Tensor "${entry.name}" has ${value} in row ${firstRow + Math.floor(i / columns)}, column ${i % columns}; float16 ends at ±65504.`,
        remedy: 'Run the model at 8 bits or in float32.',
      })
    into[count] = 0
    if (sourceType === 'F16') {
      into.set(new Uint16Array(this.source.buffer, 0, count))
    } else if (sourceType === 'F32') {
      const values = new Float32Array(this.source.buffer, 0, count)
      for (let i = 0; i < count; i += 1) into[i] = toFloat16(values[i])
    } else {
      const table = halvesOfBfloat16()
      const values = new Uint16Array(this.source.buffer, 0, count)
      for (let i = 0; i < count; i += 1) into[i] = table[values[i]]
    }
    for (let i = 0; i < count; i += 1) {
      if ((into[i] & INFINITE_HALF) === INFINITE_HALF) throw refuse(i, this.#expand(this.source, count)[i])
    }
  }
}

function sourceWidth({ sourceType }: PackedWeight): number {
  return sourceType === 'F32' ? 4 : 2
}

let bfloat16Table: Uint16Array | undefined

/** float16 bits by bfloat16 bits. */
function halvesOfBfloat16(): Uint16Array {
  if (bfloat16Table) return bfloat16Table
  const bits = Uint32Array.from({ length: 65_536 }, (_, upper) => upper << 16)
  bfloat16Table = Uint16Array.from(new Float32Array(bits.buffer), toFloat16)
  return bfloat16Table
}

// One block's weights as the bytes that are kept between visits: which bytes stand where, without any of them.
//
// The weights follow one another in the order in which a block needs them, so whatever a cut needs is a prefix. Each is
// its tensors one after the other, every one filled up with zeros to a multiple of 4 bytes:
//   plain   the checkpoint's own bytes (bfloat16 stays bfloat16; a norm stays w, not 1 + w)
//   half    float16
//   blocks, scales   as quantise.ts makes them
import { type ArrayEntry, type ArrayFile, elementCount } from '../formats/array.ts'
import type { WeightPrecision } from '../lib/weight-precision.ts'
import type { GemmaConfig } from './config.ts'
import { blocksInRow } from './quantise.ts'
import {
  type BlockWeight,
  blockEntry,
  bytesPerElement,
  type WeightTensor,
  weightsBefore,
  weightTensors,
} from './weights.ts'

/** Bytes of the file converted at once: bounds what JavaScript holds of each weight under way. */
const PANEL_BYTES = 2 * 1024 * 1024
/** Rows of a panel are a multiple of this, so that its bytes are one of 4 in every form. */
const ROWS_TOGETHER = 4

/** Elements as they come from the file; what cannot be streamed comes as float32. */
type SourceType = 'F32' | 'F16' | 'BF16'

export interface PackedPart extends WeightTensor {
  /** Bytes of a row. */
  rowBytes: number
  /** Place in the packed layer, and length with the filling. */
  offset: number
  length: number
  /** Bytes of the tensor where it is used, with the filling. */
  placedBytes: number
}

export interface PackedWeight {
  weight: BlockWeight
  entry: ArrayEntry
  precision: WeightPrecision
  sourceType: SourceType
  /** A vector is one row. */
  rows: number
  columns: number
  parts: readonly PackedPart[]
  panels: readonly Panel[]
}

/** Whole rows of a weight that are converted, kept and read together. */
export interface Panel {
  firstRow: number
  rows: number
  /** Bytes it takes in the file. */
  fileBytes: number
}

export interface PackedLayer {
  layer: number
  /** What the layer is kept under: "layer 12 q8". */
  key: string
  /** Bytes in all, beyond any cut too. */
  size: number
  weights: readonly PackedWeight[]
}

/** The layout of a layer. Throws UserError where the checkpoint lacks a weight of it or has it in another shape. */
export function packedLayer(
  { config, weights }: { config: GemmaConfig; weights: ArrayFile },
  layer: number,
  precision: WeightPrecision,
): PackedLayer {
  let offset = 0
  const packed = weightsBefore(config, 'hook_resid_post').map((weight): PackedWeight => {
    const entry = blockEntry(weights, config, layer, weight)
    const [rows, columns] = entry.shape.length === 1 ? [1, entry.shape[0]] : entry.shape
    const sourceType = sourceTypeOf(entry)
    const sourceBytes = sourceType === 'F32' ? 4 : 2
    const parts = weightTensors(config, weight, precision).map((tensor): PackedPart => {
      const rowBytes = rowLength(tensor, columns, sourceBytes)
      const length = inFours(rows * rowBytes)
      const placedBytes = tensor.form === 'plain' ? elementCount(entry.shape) * 4 : length
      const part = { ...tensor, rowBytes, offset, length, placedBytes }
      offset += length
      return part
    })
    return {
      weight,
      entry,
      precision,
      sourceType,
      rows,
      columns,
      parts,
      panels: panelsOf(entry, rows, columns),
    }
  })
  return { layer, key: `layer ${layer} ${precision}`, size: offset, weights: packed }
}

/** A panel's bytes in one of the weight's parts; the last panel has the filling. */
export function panelRange(
  { rows }: PackedWeight,
  part: PackedPart,
  panel: Panel,
): { offset: number; length: number } {
  const start = panel.firstRow * part.rowBytes
  const end = panel.firstRow + panel.rows === rows ? part.length : start + panel.rows * part.rowBytes
  return { offset: part.offset + start, length: end - start }
}

/** Where a panel's numbers begin in the tensor in place, in bytes. */
export function placedOffset({ columns }: PackedWeight, part: PackedPart, panel: Panel): number {
  return panel.firstRow * (part.form === 'plain' ? columns * 4 : part.rowBytes)
}

/** The next multiple of 4. */
export function inFours(bytes: number): number {
  return Math.ceil(bytes / 4) * 4
}

/** What is neither a known type nor in one piece in its file is asked for as float32. */
function sourceTypeOf({ dtype, stream }: ArrayEntry): SourceType {
  return stream && (dtype === 'BF16' || dtype === 'F16') ? dtype : 'F32'
}

function rowLength({ form, dims }: WeightTensor, columns: number, sourceBytes: number): number {
  switch (form) {
    case 'plain':
      return columns * sourceBytes
    case 'half':
      return columns * 2
    case 'blocks':
      return dims[1] * dims[2]
    case 'scales':
      return blocksInRow(columns) * 4
  }
}

function panelsOf(entry: ArrayEntry, rows: number, columns: number): Panel[] {
  const fit = Math.floor(PANEL_BYTES / (columns * bytesPerElement(entry) * ROWS_TOGETHER)) * ROWS_TOGETHER
  const height = Math.max(fit, ROWS_TOGETHER)
  return Array.from({ length: Math.ceil(rows / height) }, (_, index) => {
    const firstRow = index * height
    const count = Math.min(height, rows - firstRow)
    return { firstRow, rows: count, fileBytes: count * columns * bytesPerElement(entry) }
  })
}

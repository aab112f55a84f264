// One weight from a checkpoint's bytes, or from what is kept of them, to the numbers in place; and the layout between.
import { describe, expect, test } from 'vitest'
import type { ArrayEntry } from '../../src/formats/array.ts'
import { readSafetensors } from '../../src/formats/safetensors.ts'
import { UserError } from '../../src/lib/errors.ts'
import { toFloat16 } from '../../src/lib/float16.ts'
import { WEIGHT_PRECISIONS, type WeightPrecision } from '../../src/lib/weight-precision.ts'
import { parseGemmaConfig } from '../../src/model/config.ts'
import { loadWeight } from '../../src/model/load-weight.ts'
import { type PackedWeight, packedLayer } from '../../src/model/packed-layer.ts'
import { emptyRows, quantiseRows } from '../../src/model/quantise.ts'
import { safetensorsFile } from '../support/array-files.ts'
import { bytesGiven, countingSource } from '../support/counting-source.ts'
import { AWKWARD_3, seededNormal, tensors } from '../support/gemma-reference.ts'
import { MemoryStore } from '../support/memory-cache.ts'

type FileType = 'F32' | 'BF16' | 'F16'

/** 1,501 rows of 703: several panels, the last of an odd height, and no width a power of two would hide. */
const CONFIG = { ...AWKWARD_3, hidden_size: 703, intermediate_size: 1501, num_hidden_layers: 1 }

/** The layer's numbers by tensor: sixteenths of small whole numbers, exact in every type. */
const NUMBERS = new Map(
  tensors(CONFIG).map(([name, shape], index) => {
    const normal = seededNormal(index)
    const few = Float32Array.from({ length: 5003 }, () => Math.round(normal() * 40) / 16)
    const count = shape.reduce((a, b) => a * b, 1)
    return [name, new Float32Array(count).map((_, i) => few[(i * 17) % few.length])]
  }),
)

/** A checkpoint of one layer in memory, and its numbers. */
async function checkpoint(type: FileType, partLength: number, change?: (values: Float32Array) => void) {
  const header: Record<string, unknown> = {}
  const values = new Map<string, Float32Array<ArrayBuffer>>()
  const pieces: Uint8Array[] = []
  let at = 0
  for (const [name, shape] of tensors(CONFIG)) {
    const numbers = NUMBERS.get(name)?.slice() ?? new Float32Array()
    if (name.includes('gate_proj')) change?.(numbers)
    const bytes = stored(numbers, type)
    header[name] = { dtype: type, shape, data_offsets: [at, at + bytes.length] }
    at += bytes.length
    pieces.push(bytes)
    values.set(name, numbers)
  }
  const data = new Uint8Array(at)
  let to = 0
  for (const piece of pieces) {
    data.set(piece, to)
    to += piece.length
  }
  const source = countingSource('model.safetensors', safetensorsFile(header, data), partLength)
  const weights = await readSafetensors(source)
  source.ranges.length = 0
  return { source, weights, values }
}

function stored(numbers: Float32Array<ArrayBuffer>, type: FileType): Uint8Array {
  if (type === 'F32') return new Uint8Array(numbers.buffer)
  if (type === 'F16') return halves(numbers)
  const bits = new Uint32Array(numbers.buffer)
  const upper = new Uint16Array(bits.length)
  for (let i = 0; i < bits.length; i += 1) upper[i] = bits[i] >>> 16
  return new Uint8Array(upper.buffer)
}

function halves(numbers: Float32Array): Uint8Array {
  const out = new Uint16Array(numbers.length)
  for (let i = 0; i < numbers.length; i += 1) out[i] = toFloat16(numbers[i])
  return new Uint8Array(out.buffer)
}

function weightOf(
  weights: ReadonlyMap<string, ArrayEntry>,
  precision: WeightPrecision,
  name: string,
): PackedWeight {
  const layer = packedLayer({ config: parseGemmaConfig(CONFIG), weights }, 0, precision)
  const found = layer.weights.find(({ weight }) => weight === name)
  if (!found) throw new Error(`no weight ${name}`)
  return found
}

/** Everything a weight's tensors hold when it is in place, and the bytes counted on the way. */
async function load(packed: PackedWeight, store?: MemoryStore, signal?: AbortSignal) {
  const placed = new Map(packed.parts.map(({ name, placedBytes }) => [name, new Uint8Array(placedBytes)]))
  let [counted, more] = [0, 0]
  const progress = {
    onBytes: (bytes: number) => {
      counted += bytes
    },
    onMore: (bytes: number) => {
      more += bytes
    },
  }
  await loadWeight(
    packed,
    store,
    ({ name }, offset, bytes) => placed.get(name)?.set(bytes, offset),
    progress,
    signal,
  )
  return { placed, counted, more }
}

/** What a matrix must be in place, made in one go. */
function expected(values: Float32Array<ArrayBuffer>, packed: PackedWeight): Map<string, Uint8Array> {
  const { rows, columns, precision, weight } = packed
  if (precision === 'f32') return new Map([[weight, new Uint8Array(values.buffer)]])
  if (precision === 'f16') return new Map([[weight, halves(values)]])
  const bits = precision === 'q8' ? 8 : 4
  const whole = emptyRows(rows, columns, bits)
  quantiseRows(values, { rows, columns, bits, name: weight, firstRow: 0 }, whole)
  return new Map([
    [`${weight}.blocks`, whole.blocks],
    [`${weight}.scales`, new Uint8Array(whole.scales.buffer)],
  ])
}

describe.each(WEIGHT_PRECISIONS)('at %s', (precision) => {
  test.each([
    ['BF16', 777_777],
    ['BF16', 0],
    ['F32', 64_001],
    ['F16', 3_000_000],
  ] as const)(
    'a %s matrix in parts of %i bytes comes in place panel by panel as it would whole',
    async (type, part) => {
      const { weights, values, source } = await checkpoint(type, part)
      const packed = weightOf(weights, precision, 'gate_proj')
      const panels = packed.panels.map(({ rows }) => rows)
      expect(panels.length).toBe(type === 'F32' ? 3 : 2)
      expect(panels.reduce((a, b) => a + b)).toBe(1501)
      const { placed, counted } = await load(packed)
      const wanted = expected(values.get('model.layers.0.mlp.gate_proj.weight') ?? new Float32Array(), packed)
      for (const [name, bytes] of wanted) {
        // What is beyond is filling.
        expect(same(placed.get(name)?.subarray(0, bytes.length), bytes), name).toBe(true)
      }
      expect(counted).toBe(1501 * 703 * (type === 'F32' ? 4 : 2))
      expect(bytesGiven(source)).toBe(counted)
    },
  )

  test('what is kept comes in place again without the file, and is as long as the layout says', async () => {
    const { weights, source } = await checkpoint('BF16', 777_777)
    const layer = packedLayer({ config: parseGemmaConfig(CONFIG), weights }, 0, precision)
    const store = new MemoryStore(layer.size)
    const first = new Map<string, Uint8Array>()
    for (const packed of layer.weights) {
      for (const [name, bytes] of (await load(packed, store)).placed) first.set(name, bytes)
    }
    expect(store.present(0, layer.size)).toBe(layer.size)
    source.ranges.length = 0
    for (const packed of layer.weights) {
      const { placed, counted } = await load(packed, store)
      for (const [name, bytes] of placed) expect(same(bytes, first.get(name)), name).toBe(true)
      expect(counted).toBe(packed.parts.reduce((sum, { length }) => sum + length, 0))
    }
    expect(source.ranges).toEqual([])
  })

  test('a damaged panel alone is fetched again, and kept again', async () => {
    const { weights, source } = await checkpoint('BF16', 777_777)
    const packed = weightOf(weights, precision, 'gate_proj')
    const store = new MemoryStore(
      packedLayer({ config: parseGemmaConfig(CONFIG), weights }, 0, precision).size,
    )
    const { placed: whole } = await load(packed, store)
    const last = packed.parts[packed.parts.length - 1]
    store.damaged = { offset: last.offset + last.length - 8, length: 4 }
    source.ranges.length = 0
    const { placed, counted, more } = await load(packed, store)
    for (const [name, bytes] of placed) expect(same(bytes, whole.get(name)), name).toBe(true)
    const damaged = packed.panels[packed.panels.length - 1]
    expect(bytesGiven(source)).toBe(damaged.fileBytes)
    // Counted and foretold agree, with what came on top.
    expect(counted - more).toBe(packed.parts.reduce((sum, { length }) => sum + length, 0))
  })

  test('a load that was cut off goes on with the panels that are not kept', async () => {
    const controller = new AbortController()
    const { weights, source } = await checkpoint('F32', 500_000)
    const packed = weightOf(weights, precision, 'gate_proj')
    const store = new MemoryStore(
      packedLayer({ config: parseGemmaConfig(CONFIG), weights }, 0, precision).size,
    )
    const place = () => controller.abort()
    const progress = { onBytes: () => {}, onMore: () => {} }
    const cut = loadWeight(packed, store, place, progress, controller.signal)
    await expect(cut).rejects.toHaveProperty('name', 'AbortError')
    source.ranges.length = 0
    const { placed } = await load(packed, store)
    const fetched = packed.panels.slice(1).reduce((sum, { fileBytes }) => sum + fileBytes, 0)
    expect(bytesGiven(source)).toBe(fetched)
    const { placed: whole } = await load(packed)
    for (const [name, bytes] of placed) expect(same(bytes, whole.get(name)), name).toBe(true)
  })
})

test('norms come in place as gains, one more than the checkpoint has, at every precision', async () => {
  const { weights, values } = await checkpoint('BF16', 1000)
  for (const precision of WEIGHT_PRECISIONS) {
    for (const [name, path] of [
      ['input_layernorm', 'input_layernorm'],
      ['q_norm', 'self_attn.q_norm'],
    ]) {
      const { placed } = await load(weightOf(weights, precision, name))
      const gains = new Float32Array((placed.get(name) ?? new Uint8Array()).slice().buffer)
      expect(gains).toEqual(values.get(`model.layers.0.${path}.weight`)?.map((w) => w + 1))
    }
  }
})

test('a layer in fewer bits is as much smaller as it should be, and its weights follow one another in fours', async () => {
  const { weights } = await checkpoint('BF16', 0)
  const layer = (precision: WeightPrecision) =>
    packedLayer({ config: parseGemmaConfig(CONFIG), weights }, 0, precision)
  const [f32, f16, q8, q4] = WEIGHT_PRECISIONS.map((precision) => layer(precision).size)
  // bfloat16 stays as it is; 8 bits and a scale for 32 are 9 bits a number, 4 bits 5, beside what rows are filled up by.
  expect(Math.abs(f16 / f32 - 1)).toBeLessThan(1e-3)
  expect(Math.abs(q8 / f32 - 9 / 16)).toBeLessThan(0.02)
  expect(Math.abs(q4 / f32 - 5 / 16)).toBeLessThan(0.02)
  for (const precision of WEIGHT_PRECISIONS) {
    let at = 0
    for (const { offset, length } of layer(precision).weights.flatMap(({ parts }) => parts)) {
      expect([offset, offset % 4, length % 4]).toEqual([at, 0, 0])
      at += length
    }
    expect(layer(precision)).toMatchObject({ key: `layer 0 ${precision}`, size: at })
  }
})

test.each(['F32', 'BF16'] as const)('a %s number beyond float16 is refused with its place', async (type) => {
  const beyond = (numbers: Float32Array) => {
    numbers[703 * 1200 + 5] = -65_536
  }
  const { weights } = await checkpoint(type, 777_777, beyond)
  const loading = load(weightOf(weights, 'f16', 'gate_proj'))
  await expect(loading).rejects.toThrow(UserError)
  await expect(loading).rejects.toThrow('mlp.gate_proj.weight" has -65536 in row 1200, column 5')
  await load(weightOf(weights, 'q8', 'gate_proj'))
})

function same(a: Uint8Array | undefined, b: Uint8Array | undefined): boolean {
  return a !== undefined && b !== undefined && Buffer.compare(a, b) === 0
}

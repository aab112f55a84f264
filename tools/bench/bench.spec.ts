// Drives the bench page: every peer and shape in a fresh page, then PyTorch, and prints tables, ratios first.
import { execFileSync, spawnSync } from 'node:child_process'
import { mkdirSync, writeFileSync } from 'node:fs'
import { cpus, freemem } from 'node:os'
import { fileURLToPath } from 'node:url'
import { type Browser, expect, test } from '@playwright/test'
import type { BenchPage, DecodePeer, Effort, EncodePeer, Roofline, Timing } from './cases.ts'
import type { Shape } from './data.ts'
import { agreement, logSlope, median, megabytes, milliseconds, ratio, table } from './report.ts'

const quick = Boolean(process.env.BENCH_QUICK)
const only = (process.env.BENCH_ONLY ?? '').split(' ').filter(Boolean)
const wanted = (name: string): boolean => only.length === 0 || only.includes(name)

const D_IN = quick ? 768 : 2304
const WIDTHS = quick ? [4096] : [16_384, 65_536]
const TOKENS = [1, 16, 128]
const EFFORT: Effort = { repetitions: 15, cap: quick ? 4000 : 20_000 }
/** What one page may hold of a matrix, its copy on the GPU and a peer's second copy. */
const COPIES = 5

const printed: string[] = []
const results: Record<string, unknown> = {}

function print(text: string): void {
  printed.push(text)
  process.stdout.write(`${text}\n`)
}

/** Calls the bench page in a page of its own, so that no peer finds the memory of another. */
async function inPage<Method extends keyof BenchPage>(
  browser: Browser,
  method: Method,
  ...args: Parameters<BenchPage[Method]>
): Promise<Awaited<ReturnType<BenchPage[Method]>>> {
  const context = await browser.newContext()
  try {
    const page = await context.newPage()
    await page.goto('./')
    await page.waitForFunction(() => 'bench' in window)
    return await page.evaluate(
      // The signature is BenchPage's; evaluate knows only of data.
      ([method, args]) => Reflect.apply(Reflect.get(window.bench, method), window.bench, args),
      [method, args] as const,
    )
  } finally {
    await context.close()
  }
}

const encodeIn = (browser: Browser, peer: EncodePeer, shape: Shape, effort = EFFORT): Promise<Timing> =>
  inPage(browser, 'encode', peer, shape, effort)

const decodeIn = (browser: Browser, peer: DecodePeer, shape: Shape): Promise<Timing> =>
  inPage(browser, 'decode', peer, shape, EFFORT)

const name = ({ tokens, dIn, dSae }: Shape): string => `T=${tokens} ${dIn}×${dSae}`
const shapes = (dSae: number): Shape[] => TOKENS.map((tokens) => ({ tokens, dIn: D_IN, dSae }))
const fits = ({ dIn, dSae }: Shape): boolean => COPIES * 4 * dIn * dSae < freemem()

interface Checked {
  what: string
  target: string
  value: number
  limit: number
  /** Whether more is better. */
  atLeast: boolean
}

const checks: Checked[] = []

interface TorchCase {
  tokens: number
  times: number[]
  decodeTimes: number[]
  indices: number[]
  values: number[]
}

/** PyTorch's answers and times, or undefined where there is none. */
function torch(dIn: number, dSae: number): TorchCase[] | undefined {
  const python = ['/usr/bin/python3', 'python3'].find(
    (path) => spawnSync(path, ['-c', 'import torch']).status === 0,
  )
  if (!python) return undefined
  const script = fileURLToPath(new URL('torch_peer.py', import.meta.url))
  const sizes = [dIn, dSae, EFFORT.repetitions, ...TOKENS].map(String)
  const found: { version: string; threads: number; cases: TorchCase[] } = JSON.parse(
    execFileSync(python, [script, ...sizes], { maxBuffer: 1 << 30 }).toString(),
  )
  print(`PyTorch ${found.version}, ${found.threads} thread(s) of its own`)
  return found.cases
}

test.afterAll(() => {
  if (checks.length > 0) {
    print('\n## Targets\n')
    print(
      table(
        ['target', 'asked', 'measured', ''],
        checks.map(({ what, target, value, limit, atLeast }) => {
          const met = atLeast ? value >= limit : value <= limit
          const by = atLeast ? limit / value : value / limit
          return [what, target, value.toFixed(2), met ? 'met' : `MISSED by ${((by - 1) * 100).toFixed(0)}%`]
        }),
      ),
    )
  }
  const folder = fileURLToPath(new URL('results/', import.meta.url))
  mkdirSync(folder, { recursive: true })
  const stamp = new Date().toISOString().replaceAll(':', '-').slice(0, 19)
  const file = `${folder}${stamp}${quick ? '-quick' : ''}`
  writeFileSync(`${file}.md`, `${printed.join('\n')}\n`)
  writeFileSync(
    `${file}.json`,
    JSON.stringify({ quick, cpu: cpus()[0]?.model, cores: cpus().length, results, checks }, null, 1),
  )
  process.stdout.write(`\nWritten to ${file}.md and .json\n`)
})

const GPU_PEERS: readonly EncodePeer[] = ['ours webgpu f16', 'ort webgpu', 'tfjs webgpu', 'plain wgsl']

test('encode on WebGPU', async ({ browser }) => {
  test.skip(!wanted('encode'))
  for (const dSae of WIDTHS) {
    const rows: string[][] = []
    for (const shape of shapes(dSae)) {
      if (!fits(shape)) {
        print(
          `${name(shape)}: left out, ${megabytes(COPIES * 4 * shape.dIn * shape.dSae)} of memory are not free.`,
        )
        continue
      }
      const ours = await encodeIn(browser, 'ours webgpu', shape)
      const row = [name(shape), milliseconds(median(ours.times))]
      const record: Record<string, Timing> = { 'ours webgpu': ours }
      for (const peer of GPU_PEERS) {
        const slow =
          dSae > 20_000 && (peer === 'ort webgpu' || peer === 'plain wgsl' || peer === 'tfjs webgpu')
        if (slow && shape.tokens > 1 && ours.adapter.match(/swiftshader/i)) {
          row.push('not run')
          continue
        }
        const other = await encodeIn(browser, peer, shape)
        if (peer !== 'ours webgpu f16') {
          const { common, worst } = agreement(ours, other)
          expect(common, `${peer} finds the same features`).toBeGreaterThan(0.999)
          expect(worst, `${peer} gives the same values`).toBeLessThan(1e-4)
        }
        record[peer] = other
        const times = `${ratio(median(other.times) / median(ours.times))} (${milliseconds(median(other.times))}, n=${other.times.length})`
        row.push(times)
        if (peer === 'ort webgpu') {
          const value = median(other.times) / median(ours.times)
          checks.push({
            what: `encode ${name(shape)} against onnxruntime-web WebGPU`,
            target: '≥ 8×',
            value,
            limit: 8,
            atLeast: true,
          })
        }
      }
      const allowed = 8 * ours.indices.length + 8 * shape.tokens
      row.push(`${ours.readBack} of ${allowed} B`, megabytes(ours.peakGpuBytes), milliseconds(ours.upload))
      checks.push({
        what: `read-back ${name(shape)}, share of 8 B an active feature + 8 a token`,
        target: '≤ 1',
        value: ours.readBack / allowed,
        limit: 1,
        atLeast: false,
      })
      results[`encode webgpu ${name(shape)}`] = strip(record)
      rows.push(row)
    }
    print(`\n## Encode on WebGPU, width ${dSae}: times longer than ours\n`)
    print(table(['', 'ours', ...GPU_PEERS, 'read back', 'GPU memory', 'made and uploaded in'], rows))
  }
})

test('encode on the CPU', async ({ browser }) => {
  test.skip(!wanted('encode'))
  const dSae = WIDTHS[0]
  const peers: readonly EncodePeer[] = ['ort wasm', 'ort wasm, gated']
  const torchCases = torch(D_IN, dSae)
  if (!torchCases) print('PyTorch is not installed here: its column is left out.')
  const rows: string[][] = []
  for (const shape of shapes(dSae)) {
    const ours = await encodeIn(browser, 'ours wasm', shape)
    const row = [name(shape), milliseconds(median(ours.times))]
    const record: Record<string, Timing> = { 'ours wasm': ours }
    for (const peer of peers) {
      const other = await encodeIn(browser, peer, shape)
      record[peer] = other
      const value = median(other.times) / median(ours.times)
      row.push(`${ratio(value)} (${milliseconds(median(other.times))})`)
      if (peer === 'ort wasm')
        checks.push({
          what: `wasm encode ${name(shape)} against onnxruntime-web's bare MatMul`,
          target: '≥ 1×',
          value,
          limit: 1,
          atLeast: true,
        })
      else expect(agreement(ours, other).common).toBeGreaterThan(0.999)
    }
    const torchCase = torchCases?.find(({ tokens }) => tokens === shape.tokens)
    if (torchCase) {
      expect(agreement(ours, torchCase).common, 'PyTorch finds the same features').toBeGreaterThan(0.999)
      const value = median(torchCase.times) / median(ours.times)
      row.push(`${ratio(value)} (${milliseconds(median(torchCase.times))})`)
      checks.push({
        what: `wasm encode ${name(shape)} against PyTorch`,
        target: '≥ 0.8×',
        value,
        limit: 0.8,
        atLeast: true,
      })
    } else row.push('absent')
    results[`encode cpu ${name(shape)}`] = { ...strip(record), torch: torchCase?.times }
    rows.push(row)
  }
  results.torch = torchCases?.map(({ tokens, times, decodeTimes }) => ({ tokens, times, decodeTimes }))
  print(`\n## Encode on the CPU: times longer than ours\n`)
  print(table(['', 'ours wasm', 'ort wasm MatMul alone', 'ort wasm gated, compacted', 'PyTorch'], rows))
})

test('decode', async ({ browser }) => {
  test.skip(!wanted('decode'))
  const dSae = WIDTHS[0]
  const peers: readonly DecodePeer[] = ['plain wgsl', 'ort webgpu', 'ours wasm', 'ort wasm']
  const rows: string[][] = []
  for (const shape of shapes(dSae)) {
    const ours = await decodeIn(browser, 'ours webgpu', shape)
    const row = [name(shape), milliseconds(median(ours.times))]
    const record: Record<string, Timing> = { 'ours webgpu': ours }
    for (const peer of peers) {
      const other = await decodeIn(browser, peer, shape)
      record[peer] = other
      const worst = Math.max(...ours.values.map((value, i) => Math.abs(value - other.values[i])))
      expect(worst, `${peer} gives the same reconstruction`).toBeLessThan(1e-4)
      const value = median(other.times) / median(ours.times)
      row.push(`${ratio(value)} (${milliseconds(median(other.times))}, n=${other.times.length})`)
      if (peer === 'plain wgsl')
        checks.push({
          what: `sparse decode ${name(shape)} against dense on the same adapter`,
          target: '≥ 10×',
          value,
          limit: 10,
          atLeast: true,
        })
    }
    results[`decode ${name(shape)}`] = strip(record)
    rows.push(row)
  }
  print('\n## Decode: times longer than ours on WebGPU (plain wgsl and ort are dense)\n')
  print(table(['', 'ours webgpu', ...peers], rows))
})

test('roofline', async ({ browser }) => {
  test.skip(!wanted('roofline'))
  const roof: Roofline = await inPage(browser, 'roofline')
  print(`\n## Roofline of ${roof.adapter}\n`)
  print(
    `Copies ${(roof.copyBytesPerSecond / 1e9).toFixed(2)} GB/s, fma ${(roof.flopsPerSecond / 1e9).toFixed(2)} GFLOP/s.\n`,
  )
  const rows: string[][] = []
  for (const precision of ['f32', 'f16'] as const) {
    for (const shape of shapes(WIDTHS[0])) {
      const { times } = await encodeIn(
        browser,
        precision === 'f16' ? 'ours webgpu f16' : 'ours webgpu',
        shape,
      )
      const seconds = Math.min(...times) / 1000
      const { tokens, dIn, dSae } = shape
      const bytes = (precision === 'f16' ? 2 : 4) * dIn * dSae + 8 * dSae + 4 * tokens * dIn
      const flops = 2 * tokens * dIn * dSae
      rows.push([
        `encode ${name(shape)} ${precision}`,
        milliseconds(1000 * seconds),
        megabytes(bytes),
        `${(100 * (bytes / seconds / roof.copyBytesPerSecond)).toFixed(1)}%`,
        `${(flops / 1e9).toFixed(3)} GFLOP`,
        `${(100 * (flops / seconds / roof.flopsPerSecond)).toFixed(1)}%`,
      ])
    }
  }
  for (const shape of shapes(WIDTHS[0])) {
    const { times } = await decodeIn(browser, 'ours webgpu', shape)
    const { indices } = await encodeIn(browser, 'ours wasm', shape, { repetitions: 1, cap: 1 })
    const seconds = Math.min(...times) / 1000
    const bytes = 4 * D_IN * (indices.length + shape.tokens)
    const flops = 2 * D_IN * indices.length
    rows.push([
      `decode ${name(shape)} f32, ${indices.length} active`,
      milliseconds(1000 * seconds),
      megabytes(bytes),
      `${(100 * (bytes / seconds / roof.copyBytesPerSecond)).toFixed(1)}%`,
      `${(flops / 1e9).toFixed(3)} GFLOP`,
      `${(100 * (flops / seconds / roof.flopsPerSecond)).toFixed(1)}%`,
    ])
  }
  results.roofline = roof
  print(table(['kernel', 'best', 'bytes at least', 'of bandwidth', 'arithmetic', 'of FLOP rate'], rows))
})

test('scaling', async ({ browser }) => {
  test.skip(!wanted('scaling'))
  const width = quick ? 4096 : 16_384
  for (const peer of ['ours webgpu', 'ours wasm'] as const) {
    const overT: [number, number][] = []
    for (const tokens of quick ? [1, 4, 16, 64] : [1, 2, 4, 8, 16, 32, 64, 128, 256]) {
      const { times } = await encodeIn(browser, peer, { tokens, dIn: D_IN, dSae: width })
      overT.push([tokens, median(times)])
    }
    const overWidth: [number, number][] = []
    for (const dSae of quick ? [1024, 4096, 16_384] : [4096, 8192, 16_384, 32_768, 65_536]) {
      const { times } = await encodeIn(browser, peer, { tokens: 16, dIn: D_IN, dSae })
      overWidth.push([dSae, median(times)])
    }
    print(`\n## How ${peer} grows\n`)
    const tableOf = (axis: string, points: [number, number][]): string =>
      table(
        [axis, ...points.map(([x]) => String(x)), 'slope'],
        [['encode', ...points.map(([, y]) => milliseconds(y)), logSlope(points).toFixed(2)]],
      )
    print(`${tableOf(`tokens, width ${width}`, overT)}\n`)
    print(tableOf('width, 16 tokens', overWidth))
    results[`scaling ${peer}`] = { overT, overWidth }
  }
})

test('memory', async ({ browser }) => {
  test.skip(!wanted('memory'))
  const dIn = quick ? 128 : 2304
  const asked: { shape: Shape; budget: number; precision: 'f32' | 'f16' }[] = [
    { shape: { tokens: 16, dIn, dSae: 16_384 }, budget: 2 ** 40, precision: 'f32' },
    { shape: { tokens: 16, dIn, dSae: 16_384 }, budget: 2 ** 40, precision: 'f16' },
    { shape: { tokens: 16, dIn, dSae: 16_384 }, budget: quick ? 4e6 : 64e6, precision: 'f32' },
    { shape: { tokens: 4, dIn, dSae: 1_048_576 }, budget: quick ? 64e6 : 2e9, precision: 'f32' },
  ]
  const rows: string[][] = []
  for (const one of asked) {
    const row = await inPage(browser, 'memory', one.shape, one.budget, one.precision)
    rows.push([
      `${name(one.shape)} ${one.precision}`,
      one.budget > 1e12 ? 'none' : megabytes(one.budget),
      megabytes(row.weightBytes),
      megabytes(row.peakGpuBytes),
      row.heapBytes === undefined ? '?' : megabytes(row.heapBytes),
      String(row.streamedRanges),
      milliseconds(row.openMilliseconds),
      milliseconds(row.encodeMilliseconds),
    ])
    results[`memory ${name(one.shape)} ${one.precision} ${one.budget}`] = row
  }
  print('\n## Memory; weights are generated while they are read\n')
  print(
    table(['', 'budget', 'weights on GPU', 'GPU peak', 'JS heap peak', 'streamed', 'open', 'encode'], rows),
  )
})

test('fidelity', async ({ browser }) => {
  test.skip(!wanted('fidelity'))
  const bundled = await inPage(browser, 'fidelityBundled')
  const shape = { tokens: quick ? 16 : 64, dIn: D_IN, dSae: quick ? 4096 : 16_384 }
  const synthetic = await inPage(browser, 'fidelitySynthetic', shape)
  results.fidelity = [...bundled, ...synthetic]
  print('\n## Fidelity of weights stored in fewer bits, against float32\n')
  print(
    table(
      [
        'source',
        'storage',
        'tokens',
        'L0',
        'mean error',
        'worst error',
        'Jaccard',
        'changed',
        'FVU',
        'FVU stored',
      ],
      [...bundled, ...synthetic].map((row) => [
        row.source,
        row.storage,
        String(row.tokens),
        row.l0.toFixed(1),
        row.meanError.toExponential(1),
        row.worstError.toExponential(1),
        row.jaccard.toFixed(4),
        `${(100 * row.changed).toFixed(2)}%`,
        row.fvu.toFixed(4),
        row.fvuStored.toFixed(4),
      ]),
    ),
  )
})

test('tuning', async ({ browser }) => {
  test.skip(!wanted('tuning'))
  const rows = await inPage(browser, 'tuning')
  results.tuning = rows
  print('\n## Tiles of the encode kernel on this adapter\n')
  print(
    table(
      ['tile', 'best', ''],
      rows.map(({ tile, milliseconds: time, chosen }) => [tile, milliseconds(time), chosen ? 'chosen' : '']),
    ),
  )
})

/** Timings without their answers. */
function strip(record: Record<string, Timing>): Record<string, Omit<Timing, 'indices' | 'values'>> {
  return Object.fromEntries(
    Object.entries(record).map(([peer, { indices: _indices, values: _values, ...timing }]) => [peer, timing]),
  )
}

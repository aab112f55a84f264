// How close to the adapter's limits the kernels run, and how time and memory grow.
import type { Browser } from '@playwright/test'
import type { Roofline } from './cases.ts'
import type { Shape } from './data.ts'
import { D_IN, decodeIn, encodeIn, inPage, name, print, quick, results, shapes, WIDTHS } from './drive.ts'
import { logSlope, median, megabytes, milliseconds, table } from './report.ts'

/** Bytes and arithmetic of each kernel as shares of what the adapter is measured to do. */
export async function roofline(browser: Browser): Promise<void> {
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
}

/** How encode grows with tokens and with width. */
export async function scaling(browser: Browser): Promise<void> {
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
}

/** GPU and JavaScript memory at width 16,384 and at a million. */
export async function memory(browser: Browser): Promise<void> {
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
}

// Decode: sparse lists against dense matrices.
import { type Browser, expect } from '@playwright/test'
import type { DecodePeer, Timing } from './cases.ts'
import { checkRatio, decodeIn, name, print, results, shapes, strip, WIDTHS } from './drive.ts'
import { median, milliseconds, ratio, table } from './report.ts'

/** Sparse decode on both backends against dense decodes. */
export async function decodeEverywhere(browser: Browser): Promise<void> {
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
      row.push(
        `${ratio(median(other.times) / median(ours.times))} (${milliseconds(median(other.times))}, n=${other.times.length})`,
      )
      if (peer === 'plain wgsl') {
        checkRatio(
          `sparse decode ${name(shape)} against dense on the same adapter`,
          ours.times,
          other.times,
          10,
        )
      }
    }
    results[`decode ${name(shape)}`] = strip(record)
    rows.push(row)
  }
  print('\n## Decode: times longer than ours on WebGPU (plain wgsl and ort are dense)\n')
  print(table(['', 'ours webgpu', ...peers], rows))
}

// Encode on WebGPU: ours against what a user could pick instead, on the same adapter and data.
import { type Browser, expect } from '@playwright/test'
import type { EncodePeer, Timing } from './cases.ts'
import {
  COPIES,
  checkAtMost,
  checkRatio,
  encodeIn,
  fits,
  name,
  print,
  results,
  shapes,
  strip,
  WIDTHS,
} from './drive.ts'
import { agreement, median, megabytes, milliseconds, ratio, table } from './report.ts'

const GPU_PEERS: readonly EncodePeer[] = ['ours webgpu f16', 'ort webgpu', 'tfjs webgpu', 'plain wgsl']

/** Encode on WebGPU against onnxruntime-web, tfjs and a plain dense kernel, every width and batch. */
export async function encodeOnGpu(browser: Browser): Promise<void> {
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
          checkRatio(`encode ${name(shape)} against onnxruntime-web WebGPU`, ours.times, other.times, 8)
        }
      }
      const allowed = 8 * ours.indices.length + 8 * shape.tokens
      row.push(`${ours.readBack} of ${allowed} B`, megabytes(ours.peakGpuBytes), milliseconds(ours.upload))
      checkAtMost(
        `read-back ${name(shape)}, share of 8 B an active feature + 8 a token`,
        ours.readBack / allowed,
        1,
      )
      results[`encode webgpu ${name(shape)}`] = strip(record)
      rows.push(row)
    }
    print(`\n## Encode on WebGPU, width ${dSae}: times longer than ours\n`)
    print(table(['', 'ours', ...GPU_PEERS, 'read back', 'GPU memory', 'made and uploaded in'], rows))
  }
}

// Encode on the CPU: ours against onnxruntime-web wasm in the same browser, and PyTorch beside it.
import { execFileSync, spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { type Browser, expect } from '@playwright/test'
import type { EncodePeer, Timing } from './cases.ts'
import {
  checkRatio,
  D_IN,
  EFFORT,
  encodeIn,
  name,
  print,
  results,
  shapes,
  strip,
  TOKENS,
  WIDTHS,
} from './drive.ts'
import { agreement, median, milliseconds, ratio, table } from './report.ts'

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

/** Encode on the CPU against onnxruntime-web wasm and PyTorch. */
export async function encodeOnCpu(browser: Browser): Promise<void> {
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
      row.push(`${ratio(median(other.times) / median(ours.times))} (${milliseconds(median(other.times))})`)
      if (peer === 'ort wasm') {
        checkRatio(
          `wasm encode ${name(shape)} against onnxruntime-web's bare MatMul`,
          ours.times,
          other.times,
          1,
        )
      } else expect(agreement(ours, other).common).toBeGreaterThan(0.999)
    }
    const torchCase = torchCases?.find(({ tokens }) => tokens === shape.tokens)
    if (torchCase) {
      expect(agreement(ours, torchCase).common, 'PyTorch finds the same features').toBeGreaterThan(0.999)
      row.push(
        `${ratio(median(torchCase.times) / median(ours.times))} (${milliseconds(median(torchCase.times))})`,
      )
      checkRatio(`wasm encode ${name(shape)} against PyTorch`, ours.times, torchCase.times, 0.8)
    } else row.push('absent')
    results[`encode cpu ${name(shape)}`] = { ...strip(record), torch: torchCase?.times }
    rows.push(row)
  }
  results.torch = torchCases?.map(({ tokens, times, decodeTimes }) => ({ tokens, times, decodeTimes }))
  print(`\n## Encode on the CPU: times longer than ours\n`)
  print(table(['', 'ours wasm', 'ort wasm MatMul alone', 'ort wasm gated, compacted', 'PyTorch'], rows))
}

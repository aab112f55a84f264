// From a click on a ready choice to its first features: computed from pieces that are measured in the same run.
import { statSync } from 'node:fs'
import type { Browser } from '@playwright/test'
import { startFakeHub } from '../../tests/support/fake-hub.ts'
import { print, quick, results } from './drive.ts'
import type { PlannedChoice } from './model-cases.ts'
import { layerConfig, onModelPage } from './model-page.ts'
import { packing } from './quantise.ts'
import { firstFeatures, median, megabytes, milliseconds, table } from './report.ts'

const TOKENS = quick ? 16 : 64
const MEGABITS = [50, 500]
/** onnxruntime's build for the CPU, as the page serves it. */
const RUNTIME = 'node_modules/onnxruntime-web/dist/ort-wasm-simd-threaded.wasm'

export async function clickToFirstFeatures(browser: Browser): Promise<void> {
  const hub = await startFakeHub()
  const choices = await onModelPage(browser, 'planned', hub.origin)
  const packed = await packing(browser, hub, quick ? 1 : 3)
  hub.close()
  const runtime = statSync(RUNTIME).size
  const measured = new Map<string, { layer: number; encode: number }>()
  const rows: string[][] = []
  for (const choice of choices) {
    const known = measured.get(choice.model) ?? (await runOf(browser, choice))
    measured.set(choice.model, known)
    const { layers, precision, download, embeddingRow, tokenizer, sae, opening } = choice
    const bytes = download + TOKENS * embeddingRow + tokenizer + sae + runtime
    const packing = download / (packed.bytes / median(packed.loaded[precision]))
    const running = opening + layers * known.layer + known.encode
    const at = MEGABITS.map((megabits) => firstFeatures({ bytes, megabits, packing, running }))
    results[`first features ${choice.name} ${layers}`] = { choice, ...known, bytes, packing, running, at }
    rows.push([
      `${choice.name}, ${layers} layers`,
      precision,
      ...at.map((time) => `${(time / 1000).toFixed(0)} s`),
      megabytes(bytes),
      megabytes(download),
      milliseconds(packing),
      milliseconds(opening),
      milliseconds(known.layer),
      milliseconds(known.encode),
    ])
  }
  print(
    `\n## From the click to the first features of ${TOKENS} tokens on the CPU, computed from measured pieces\n`,
  )
  print(
    table(
      [
        ...['', 'weights', ...MEGABITS.map((megabits) => `at ${megabits} Mbit/s`), 'bytes', 'of the model'],
        ...['packing', 'opening', 'a layer', 'encode'],
      ],
      rows,
    ),
  )
}

/** Milliseconds of one layer and of one encode. */
async function runOf(
  browser: Browser,
  { repo, precision, features }: PlannedChoice,
): Promise<{ layer: number; encode: number }> {
  const configJson = layerConfig(repo)
  const effort = { repetitions: quick ? 2 : 5, cap: 8000 }
  const layer = { configJson, backend: 'wasm', precision, tokens: TOKENS } as const
  const { times, hidden } = await onModelPage(browser, 'prefill', layer, ['ours'], effort)
  const encode = await onModelPage(browser, 'encode', hidden, features, TOKENS, effort)
  return { layer: median(times.ours ?? []), encode: median(encode) }
}

// Packing a layer of Gemma 2 2B on its way from the hub, beside reading the same bytes with nothing done.
import type { Browser } from '@playwright/test'
import { WEIGHT_PRECISIONS } from '../../src/lib/weight-precision.ts'
import { type FakeHub, startFakeHub } from '../../tests/support/fake-hub.ts'
import { print, quick, results } from './drive.ts'
import type { QuantiseAnswer } from './model-cases.ts'
import { layerConfig, onModelPage } from './model-page.ts'
import { median, megabytes, milliseconds, ratio, table } from './report.ts'

const REPO = 'unsloth/gemma-2-2b'

export async function quantise(browser: Browser): Promise<void> {
  const hub = await startFakeHub()
  const answer = await packing(browser, hub, quick ? 1 : 5)
  hub.close()
  results.quantise = answer
  const { bytes, fetch, read, loaded, packed } = answer
  const rate = (times: readonly number[]): string => `${(bytes / 1000 / median(times)).toFixed(0)} MB/s`
  const row = (name: string, times: readonly number[], alone: readonly number[] | undefined): string[] => [
    name,
    ratio(median(times) / median(read)),
    rate(times),
    milliseconds(median(times)),
    alone ? rate(alone) : '',
  ]
  print(`\n## A layer of Gemma 2 2B, ${megabytes(bytes)} of bfloat16 from localhost, in a worker\n`)
  print(
    table(
      ['', 'time of reading', 'rate', 'time', 'from memory'],
      [
        row('read, nothing done', read, undefined),
        row('one plain fetch of as much', fetch, undefined),
        ...WEIGHT_PRECISIONS.map((name) => row(`read and packed, ${name}`, loaded[name], packed[name])),
      ],
    ),
  )
}

/** The measurement itself, of whole repetitions after one that is not counted. */
export function packing(browser: Browser, hub: FakeHub, repetitions: number): Promise<QuantiseAnswer> {
  const address = `${hub.origin}/${REPO}/resolve/main/model.safetensors`
  return onModelPage(browser, 'quantise', address, layerConfig(REPO), repetitions)
}

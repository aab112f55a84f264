// `npm run bench`: every peer and shape in a fresh page, then PyTorch; tables, ratios first.
import { type Browser, test } from '@playwright/test'
import { browseQueries } from './browse.ts'
import { scrolling } from './browse-scroll.ts'
import { decodeEverywhere } from './decode.ts'
import { writeResults } from './drive.ts'
import { encodeOnCpu } from './encode-cpu.ts'
import { encodeOnGpu } from './encode-gpu.ts'
import { clickToFirstFeatures } from './first-features.ts'
import { memory, roofline, scaling } from './growth.ts'
import { importing } from './import.ts'
import { buildingAnIndex, indexAtSize } from './index.ts'
import { loading, loadingModel } from './loading.ts'
import { mapAtSize } from './map.ts'
import { layerPrecision, precision } from './precision.ts'
import { prefill } from './prefill.ts'
import { quantise } from './quantise.ts'
import { fidelity, tuning } from './storage.ts'

const only = (process.env.BENCH_ONLY ?? '').split(' ').filter(Boolean)

const PARTS: readonly [
  part: string,
  title: string,
  measure: (browser: Browser, baseURL: string) => Promise<void>,
][] = [
  ['encode', 'encode on WebGPU', encodeOnGpu],
  ['encode', 'encode on the CPU', encodeOnCpu],
  ['decode', 'decode', decodeEverywhere],
  ['roofline', 'roofline', roofline],
  ['scaling', 'scaling', scaling],
  ['memory', 'memory', memory],
  ['fidelity', 'fidelity', fidelity],
  ['tuning', 'tuning', tuning],
  ['loading', 'loading', loading],
  ['precision', 'precision of the model', precision],
  ['precision', 'precision of a layer of real shape', layerPrecision],
  ['prefill', 'prefill of a layer', prefill],
  ['quantise', 'packing on load', quantise],
  ['first-features', 'from the click to the first features', clickToFirstFeatures],
  ['index', 'building an index', buildingAnIndex],
  ['index', 'an index at size', indexAtSize],
  ['import', 'importing an export', importing],
  ['weights', 'loading a model', loadingModel],
  ['browse', 'questions to the list of features', browseQueries],
  ['browse', 'scrolling the list of features', scrolling],
  ['map', 'the map of a source of real size', mapAtSize],
]

for (const [part, title, measure] of PARTS) {
  if (only.length === 0 || only.includes(part)) {
    test(title, ({ browser, baseURL }) => measure(browser, baseURL ?? ''))
  }
}

test.afterAll(writeResults)

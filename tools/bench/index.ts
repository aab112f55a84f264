// Building an activation index in the browser beside PyTorch doing SAEDashboard's work, and an index at real size.
import { spawnSync } from 'node:child_process'
import { mkdir, mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { type Browser, expect } from '@playwright/test'
import { CANDIDATES, chosenDocuments } from '../../src/activation-index/draw.ts'
import { pickPostings } from '../../src/activation-index/postings.ts'
import { ActivationIndex } from '../../src/activation-index/reader.ts'
import { FolderStore } from '../../tests/support/folder-store.ts'
import { buildAtSize } from '../../tests/support/index-at-size.ts'
import type { BuiltIndex } from './cases.ts'
import { checkAtMost, checkRatio, print, quick, results } from './drive.ts'
import { featurePages } from './feature-page.ts'
import { MADE_SAE } from './made-sae.ts'
import { median, megabytes, milliseconds, ratio, table } from './report.ts'

const SOURCE = '3-miniscope-res-4k'
const HUB = new URL('../../public/hub/featurescope/', import.meta.url)
const PARAMS = 'mini-scope-res/layer_3/width_4k/average_l0_11/params.npz'
const CHARACTERS = quick ? 60_000 : 200_000
const ROUNDS = quick ? 1 : 3
const FEATURES = [12, 900, 3000, 9999]
const SIZE = { documents: quick ? 400 : 7880, dSae: 16_384, l0: 70 }

interface Peer {
  version: string
  threads: number
  seconds: number
  tokens: number
  counts: number[]
  max: number[]
}

export async function buildingAnIndex(browser: Browser): Promise<void> {
  const corpus = await readFile(new URL('../../public/corpus/public-domain.jsonl', import.meta.url), 'utf8')
  const lines: { text: string }[] = corpus
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line))
  const text = lines
    .map((line) => line.text)
    .join('\n\n')
    .slice(0, CHARACTERS)
  const features = [12, 900, 3000, 1, 2048, 77]
  const page = await browser.newPage()
  await page.goto('./loading.html')
  await page.waitForFunction(() => 'loading' in window)
  const ours: BuiltIndex[] = []
  const peers = new Map<number, Peer[]>([
    [1, []],
    [8, []],
  ])
  // In turns, so that the machine's other work disturbs all alike.
  for (let round = 0; round < ROUNDS; round += 1) {
    const own: BuiltIndex = await page.evaluate(
      ([source, text, features]) => window.loading.index(source, text, features),
      [SOURCE, text, features] as const,
    )
    ours.push(own)
    // Its tokenizer is open by now.
    const documents = await page.evaluate((text) => window.loading.documents(text), text)
    for (const [batch, runs] of peers) {
      const peer = inTorch(documents, batch)
      if (!peer) continue
      expect(peer.tokens).toBe(own.tokens)
      expectSame(own, peer)
      runs.push(peer)
    }
  }
  await page.close()
  const [{ tokens }] = ours
  print(`\n## Building an index of ${tokens} tokens in the browser (wasm), ${ROUNDS} rounds in turns\n`)
  const running = ours.map((run) => run.running)
  const line = (name: string, times: readonly number[]): string[] => [
    name,
    ratio(median(times) / median(running)),
    milliseconds(median(times)),
    `${Math.round((1000 * tokens) / median(times))}`,
    times.map((time) => milliseconds(time)).join(', '),
  ]
  const whole = ours.map((run) => run.milliseconds)
  const rows = [line('ours, model and SAE', running), line('ours, with everything', whole)]
  for (const [batch, runs] of peers) {
    const [peer] = runs
    if (!peer) {
      print('PyTorch is not installed here: its rows are left out.')
      break
    }
    const took = runs.map(({ seconds }) => 1000 * seconds)
    rows.push(line(`PyTorch ${peer.version}, ${peer.threads} threads, ${batch} at once`, took))
    checkRatio(`index against PyTorch, ${batch} at once`, running, took, 0.5)
  }
  print(table(['', 'takes', 'median', 'tokens a second', 'rounds'], rows))
  const first = median(ours.map((run) => run.first))
  const others = median(ours.flatMap((run) => run.others))
  print(`\nA feature's page right after: ${milliseconds(first)}, others ${milliseconds(others)}.`)
  checkAtMost('first feature of a new index, ms', first, 300)
  const bundled = await bundledPages(browser)
  results.index = { tokens, running, whole, first, others, bundled, rows }
}

/** The first feature of the bundled index in a browser that has nothing yet, and others after it. */
async function bundledPages(browser: Browser): Promise<number[][]> {
  const rounds: number[][] = []
  for (let round = 0; round < ROUNDS; round += 1) {
    const context = await browser.newContext()
    const page = await context.newPage()
    await page.goto('./loading.html')
    await page.waitForFunction(() => 'loading' in window)
    rounds.push(
      await page.evaluate(([source, features]) => window.loading.indexed(source, features), [
        SOURCE,
        [12, 900, 3000],
      ] as const),
    )
    await context.close()
  }
  const first = rounds.map(([time]) => time)
  const others = rounds.flatMap(([, ...times]) => times)
  print(
    `\nThe bundled index from cold: a feature's page ${first.map((time) => milliseconds(time)).join(', ')}, ` +
      `others after it ${milliseconds(median(others))} (median).`,
  )
  checkAtMost('first feature of the bundled index, ms', median(first), 300)
  return rounds
}

/** The same features on as many tokens, and as strongly: a firing at the threshold may fall to either side. */
function expectSame(ours: BuiltIndex, peer: Peer): void {
  const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0)
  const apart = sum(ours.counts.map((count, at) => Math.abs(count - peer.counts[at])))
  expect(apart / sum(peer.counts), 'PyTorch finds the same firings').toBeLessThan(1e-3)
  const strong = ours.max.filter((max, at) => Math.abs(max - peer.max[at]) <= 1e-3 * max)
  expect(strong.length / ours.max.length, 'PyTorch finds the same maxima').toBeGreaterThan(0.999)
}

function inTorch(documents: number[][], batch: number): Peer | undefined {
  const python = ['/usr/bin/python3', 'python3'].find(
    (path) => spawnSync(path, ['-c', 'import torch, numpy']).status === 0,
  )
  if (!python) return undefined
  const script = fileURLToPath(new URL('index_peer.py', import.meta.url))
  const places = [fileURLToPath(new URL('gemma-2-mini', HUB)), fileURLToPath(new URL(PARAMS, HUB)), '3']
  const { status, stdout, stderr } = spawnSync(python, [script, ...places], {
    ...{ input: JSON.stringify({ batch, documents }), encoding: 'utf8', maxBuffer: 1 << 28 },
  })
  if (status !== 0) throw new Error(stderr)
  return JSON.parse(stdout)
}

/** An index of made-up activations at Gemma Scope's sparsity, in Node: memory, and what a feature's page reads. */
export async function indexAtSize(browser: Browser): Promise<void> {
  const parent = await mkdtemp(join(tmpdir(), 'featurescope-index-'))
  const folder = join(parent, 'index')
  await mkdir(folder)
  try {
    const started = performance.now()
    let [peak, added, documents] = [0, 0, 0]
    const manifest = await buildAtSize(new FolderStore(folder), {
      ...{ ...SIZE, source: MADE_SAE },
      onStep: () => {
        const { heapUsed, arrayBuffers } = process.memoryUsage()
        peak = Math.max(peak, heapUsed + arrayBuffers)
        documents += 1
        if (documents === SIZE.documents) added = performance.now() - started
      },
    })
    const written = performance.now() - started - added
    print(`\n## ${manifest.countedTokens} tokens × ${SIZE.dSae} features, L0 ${SIZE.l0}, in Node\n`)
    print(
      `${manifest.firings} postings: parts in ${milliseconds(added)} (most of it making them up), merged and ` +
        `written in ${milliseconds(written)}; JavaScript memory at most ${megabytes(peak)}.\n`,
    )
    const rows: string[][] = []
    for (const feature of FEATURES) rows.push(await coldPages(folder, feature))
    print(table(['feature', 'postings', 'from cold', 'requests', 'bytes'], rows))
    results.indexAtSize = { ...SIZE, firings: manifest.firings, added, written, peak, rows }
    await featurePages(browser, folder, FEATURES, SIZE.dSae)
  } finally {
    await rm(parent, { recursive: true, force: true })
  }
}

/** A feature's row: two rounds, each from an index that nothing was read of yet. */
async function coldPages(folder: string, feature: number): Promise<string[]> {
  const rounds = [await coldPage(folder, feature), await coldPage(folder, feature)]
  const times = rounds.map(({ took }) => took)
  checkAtMost(`page of feature ${feature} from a cold index, ms`, Math.max(...times), 1000)
  const [{ count, reads }] = rounds
  const bytes = reads.reduce((sum, read) => sum + read.bytes, 0)
  const took = times.map((time) => milliseconds(time)).join(', ')
  return [String(feature), String(count), took, String(reads.length), megabytes(bytes)]
}

interface ColdPage {
  took: number
  /** Postings of the feature. */
  count: number
  reads: FolderStore['reads']
}

/** Everything a feature's page asks for. */
async function coldPage(folder: string, feature: number): Promise<ColdPage> {
  const store = new FolderStore(folder)
  const started = performance.now()
  const index = await ActivationIndex.open(store)
  if (!index) throw new Error('no index was built')
  const [[statistics]] = await Promise.all([
    index.statistics(feature, feature + 1),
    index.pieces(),
    index.coactiveCounts(),
  ])
  const all = await index.postings(statistics)
  const chosen = chosenDocuments(all, statistics, CANDIDATES)
  await index.documents(
    pickPostings(
      all,
      Uint32Array.from(all.document.keys()).filter((row) => chosen.has(all.document[row])),
    ),
  )
  return { took: performance.now() - started, count: statistics.count, reads: store.reads }
}

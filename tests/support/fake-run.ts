// What a fake engine computes: numbers that look like real ones, the same each time.
import type {
  CatalogueEntry,
  Dashboard,
  LayersResult,
  ModelPlan,
  RunResult,
  TokenSpan,
} from '../../src/engine/protocol.ts'
import { UserError } from '../../src/lib/errors.ts'
import type { Hook } from '../../src/lib/hook.ts'
import type { SparseRows } from '../../src/lib/sparse-rows.ts'
import { CATALOGUE, CONTEXT, PUBLIC_CATALOGUE, WIDTH } from './fake-sources.ts'

export function hash(...parts: (string | number)[]): number {
  let h = 2166136261
  for (const character of parts.join('\u0001')) h = Math.imul(h ^ (character.codePointAt(0) ?? 0), 16777619)
  return (h ^ (h >>> 15)) >>> 0
}

/** Words of at most six letters a piece; characters outside the basic plane are four byte tokens. */
export function spansOf(text: string): TokenSpan[] {
  const spans: TokenSpan[] = [{ first: 0, count: 1, text: '<bos>', special: true }]
  let first = 1
  for (const piece of text.match(/\p{Extended_Pictographic}| ?[^\s]{1,6}|\s/gu) ?? []) {
    const count = /\p{Extended_Pictographic}/u.test(piece) ? 4 : 1
    spans.push({ first, count, text: piece, special: false })
    first += count
  }
  return spans
}

export function tokenizeFake(text: string): { ids: number[]; tokens: string[] } {
  const pieces = spansOf(text).flatMap(({ text: piece, count }) =>
    Array<string>(count).fill(piece.replaceAll(' ', '▁')),
  )
  return { ids: pieces.map((piece) => hash(piece) % 4096), tokens: pieces }
}

export function sparse(rows: [index: number, value: number][][]): SparseRows {
  const flat = rows.flat()
  const rowPtr = new Uint32Array(rows.length + 1)
  rows.forEach((row, at) => {
    rowPtr[at + 1] = rowPtr[at] + row.length
  })
  return {
    rows: rows.length,
    width: WIDTH,
    rowPtr,
    indices: Uint32Array.from(flat, ([index]) => index),
    values: Float32Array.from(flat, ([, value]) => value),
  }
}

export function runFake(text: string, open: CatalogueEntry | undefined): RunResult {
  if (!open?.hookIn || !open.hookOut)
    throw new UserError({ title: 'No SAE is open.', detail: 'This needs an SAE.', remedy: 'Open one first.' })
  const { hookIn, hookOut } = open
  const all = spansOf(text)
  const spans = all.filter(({ first, count }) => first + count <= CONTEXT)
  const { ids, tokens } = tokenizeFake(text)
  const length = spans.reduce((sum, { count }) => sum + count, 0)
  const rows = tokens.slice(0, length).map((token, position) => {
    const own = new Map<number, number>()
    for (let k = 0; k < 14; k += 1) {
      const index = hash(open.source, token.trim().toLowerCase().slice(0, 3), k) % WIDTH
      own.set(index, (1 + (hash(index, token, position % 7) % 9000) / 100) * (k < 3 ? 1 : 0.3))
    }
    own.set(7, /time|trave|machi/i.test(token) ? 93.1 : 0.5 + (position % 5))
    return [...own].sort(([a], [b]) => a - b)
  })
  return {
    ids: ids.slice(0, length),
    tokens: tokens.slice(0, length),
    spans,
    features: sparse(rows),
    l0: 14.7,
    fvu: 0.274,
    hookIn,
    hookOut,
    backends: { sae: 'webgpu', model: 'wasm', adapter: 'Fake adapter', software: true },
    milliseconds: { model: 31, encode: 9, total: 44 },
    droppedTokens: tokens.length - length,
    windows: [0],
  }
}

export function layerFake(text: string, source: string): LayersResult['layers'][number] {
  const row = [...CATALOGUE, ...PUBLIC_CATALOGUE].find(({ repo, path }) => `${repo}/${path}` === source)
  if (!row?.hookIn || !row.hookOut) {
    return { source, error: { title: 'No such SAE.', detail: source, remedy: 'Choose another.' } }
  }
  const { features, l0, fvu } = runFake(text, row)
  const { hookIn, hookOut, layer = 0 } = row
  return { source: row.source, layer, hookIn, hookOut, features, l0, fvu, labels: [] }
}

/** Every precision of a model that 8 bits fit and float32 does not. */
export function planOf(repo: string, hooks: Hook[]): ModelPlan {
  const common = { layers: 21, cached: 0, embeddingRow: 4608 }
  const reason = { title: 'Too large.', detail: 'It takes 6.5 GB.', remedy: 'Choose fewer bits.' }
  return {
    model: {
      ...{ id: repo.split('/')[1], repo, layers: 26, hiddenSize: 2304, headsWidth: 2048 },
      ...{
        vocabSize: 256_000,
        contextLength: 8192,
        bosTokenId: 2,
        architecture: 'gemma2',
        hasTokenizer: true,
      },
    },
    backend: 'wasm',
    hooks,
    tokenizerBytes: 17.5e6,
    vocabularyBytes: 1.18e9,
    precisions: [
      { ...common, precision: 'f32', download: 3.27e9, memory: 6.5e9, refused: { reason, deepestLayer: 9 } },
      { ...common, precision: 'q8', download: 3.27e9, memory: 1.84e9, refused: undefined },
    ],
    automatic: 'q8',
  }
}

const WORDS = [
  '▁the',
  '▁time',
  '▁machine',
  'ing',
  '▁travel',
  '\n',
  '▁año',
  'ß',
  '▁',
  '▁return',
  '▁wolf',
  ' été',
]

export function tokensOf(index: number, k: number): { id: number; token: string; logit: number }[] {
  return Array.from({ length: k }, (_, at) => ({
    id: at,
    token: WORDS[(hash(index) + at) % WORDS.length],
    logit: 0.7 - at * 0.04,
  }))
}

export function dashboardOf(index: number): Dashboard {
  return {
    model: 'fake-mini',
    source: '3-fakescope-res-4k',
    index,
    threshold: 0.4312,
    encoderBias: -0.0123,
    decoderNorm: 1,
    encoderNorm: 1.2841,
    encoderDecoderCosine: 0.871,
    logits: {
      top: tokensOf(index, 10),
      bottom: tokensOf(index + 5, 10).map((row) => ({ ...row, logit: -row.logit })),
      mean: 0.0011,
      sd: 0.13,
      skew: 1.84,
      kurtosis: 2.1,
      histogram: { edges: [-0.6, -0.2, 0.2, 0.7], counts: [40, 4000, 56] },
      formula: 'W_dec[f] · W_U',
    },
    alignment: [
      { dimension: 41, value: 0.31, share: 0.04 },
      { dimension: 7, value: -0.27, share: 0.035 },
    ],
    density: 0.0037,
    maxActivation: 93.1,
    label: undefined,
  }
}

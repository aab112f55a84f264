// A batch of Neuronpedia's export, made up at real size, through the engine's own import, beside the least that any
// reader of it has to do: reading the file, and JSON.parse of its lines.
import { clear, createStore } from 'idb-keyval'
import type { EngineClient } from '../../../src/engine/client.ts'
import { readLines } from '../../../src/formats/lines.ts'
import { seededRandom } from '../../../tests/support/random.ts'
import type { ImportBench } from '../cases.ts'

const NAMED = { modelId: 'gemma-2-2b', layer: '20-gemmascope-res-16k' }
/** As in the export: texts of a feature follow one another, 128 tokens each. */
const TEXTS = 45
const TOKENS = 128
const WORDS =
  'of the and ▁harpoon ▁sea whale ▁President ing ▁Boston ▁return def ▁import 1850 ▁water ▁nobody ed'.split(
    ' ',
  )
const LIMITS = { unpacked: 8e9, line: 64e6 }
const FILE = 'activations-batch-0.jsonl'

/** The lines of one feature: its explanation, then its texts. */
function linesOf(index: number): string {
  const random = seededRandom(index + 1)
  const named = { ...NAMED, index: String(index) }
  const lines = [
    {
      ...named,
      description: `words about ${index}`,
      typeName: 'oai_token-act-pair',
      explanationModelName: 'a-model',
    },
    ...Array.from({ length: TEXTS }, (_, text) => {
      const tokens = Array.from({ length: TOKENS }, () => WORDS[Math.floor(random() * WORDS.length)])
      // Most tokens have none.
      const values = tokens.map(() => (random() < 0.06 ? Math.round(random() * 1e5) / 1e3 : 0))
      return {
        ...named,
        id: `${index}-${text}`,
        tokens,
        values,
        maxValue: Math.max(...values),
        binMin: -1,
        binMax: -1,
      }
    }),
  ]
  return `${lines.map((line) => JSON.stringify(line)).join('\n')}\n`
}

export function importBench(client: EngineClient): ImportBench {
  const files = new Map<string, File>()
  const file = (name: string): File => {
    const found = files.get(name)
    if (!found) throw new Error(`${name} was not made`)
    return found
  }

  return {
    make: async (sae, bytes) => {
      await client.setBackends({
        ...{ sae: 'wasm', model: 'wasm', precision: 'f32', gpuBudget: 4e9, weights: 'auto' },
      })
      await client.open({ sae })
      const parts: Blob[] = []
      let features = 0
      for (let size = 0; size < bytes; features++) {
        const part = new Blob([linesOf(features)])
        parts.push(part)
        size += part.size
      }
      const plain = new File(parts, FILE)
      const packed = await new Response(plain.stream().pipeThrough(new CompressionStream('gzip'))).blob()
      files.set('plain', plain).set('gzip', new File([packed], `${FILE}.gz`))
      return { features, texts: features * TEXTS, bytes: plain.size, packed: packed.size }
    },

    least: async (name, what) => {
      const started = performance.now()
      const given = file(name)
      const source = {
        ...{ name: given.name, size: given.size },
        read: async (at: number, length: number) =>
          new Uint8Array(await given.slice(at, at + length).arrayBuffer()),
      }
      let lines = 0
      for await (const { text } of readLines(source, { limits: LIMITS })) {
        if (what === 'parse') JSON.parse(text ?? '')
        lines += 1
      }
      return { milliseconds: performance.now() - started, lines }
    },

    import: async (name) => {
      // Into an empty place: what is there already would be read and compared.
      await clear(createStore('featurescope-imports', 'imported'))
      let [longest, last] = [0, performance.now()]
      let progress = 0
      // How long the page's own thread was away.
      const timer = setInterval(() => {
        const now = performance.now()
        longest = Math.max(longest, now - last)
        last = now
      }, 10)
      const started = performance.now()
      const onProgress = (): void => {
        progress += 1
      }
      const { labels, examples, skippedCount } = await client.importLabels([file(name)], false, {
        onProgress,
      })
      const milliseconds = performance.now() - started
      clearInterval(timer)
      return { milliseconds, labels, examples, skipped: skippedCount, progress, longestPause: longest }
    },

    cancel: async (name) => {
      const own = JSON.stringify({ index: '1', description: 'was here before' })
      await client.importLabels([new File([own], 'own.json')], true)
      const before = (await client.labels()).get(1)?.description
      const abort = new AbortController()
      let cancelled = 0
      const importing = client.importLabels([file(name)], true, {
        signal: abort.signal,
        onProgress: ({ done, total = 0 }) => {
          if (cancelled > 0 || done < total / 3) return
          cancelled = performance.now()
          abort.abort()
        },
      })
      const ended = await importing.then(
        () => 'finished',
        (error: unknown) => (error instanceof Error ? error.name : String(error)),
      )
      const milliseconds = performance.now() - cancelled
      const labels = await client.labels()
      return {
        milliseconds,
        ended,
        before,
        after: labels.get(1)?.description,
        others: labels.get(2)?.description,
      }
    },
  }
}

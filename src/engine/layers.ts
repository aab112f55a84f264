// One text through several SAEs: the model runs once for all their hooks, and the SAEs are put in place in turn.
import { isAbort, toUserError } from '../lib/errors.ts'
import { type Hook, parseHook } from '../lib/hook.ts'
import type { GemmaModel } from '../model/forward.ts'
import type { GemmaTokenizer } from '../model/tokenizer.ts'
import type { Sae } from '../sae/sae.ts'
import { readLabels } from './feature.ts'
import { requireFit } from './fit.ts'
import type { ModelFiles } from './model-files.ts'
import type { ModelRuns } from './model-runs.ts'
import type { LayerRun, LayersResult } from './protocol.ts'
import { encodeParts, type Part, partsAt, tokensOf } from './run.ts'
import type { SaeFiles } from './sae-files.ts'
import type { TaskContext } from './tasks.ts'

export interface LayersParts {
  files: ModelFiles
  model: GemmaModel
  tokenizer: GemmaTokenizer | undefined
  runs: ModelRuns
  windows: number[][]
  /** Opens a source's files, as `open` names it. */
  open(source: string): Promise<SaeFiles>
  /** Gives an SAE in place to `use`, and lets it go afterwards unless it was open before. */
  withSae<T>(files: SaeFiles, use: (sae: Sae) => Promise<T>): Promise<T>
}

type Opened = { files: SaeFiles; hookIn: Hook; hookOut: Hook }
type Failed = Extract<LayersResult['layers'][number], { error: unknown }>

export async function runLayers(
  sources: readonly string[],
  { files, model, tokenizer, runs, windows, open, withSae }: LayersParts,
  context: TaskContext,
): Promise<LayersResult> {
  const start = performance.now()
  const { signal, onProgress } = context
  const attempt = async <T>(source: string, work: () => Promise<T>): Promise<T | Failed> => {
    try {
      return await work()
    } catch (thrown) {
      if (isAbort(thrown)) throw thrown
      const { title, detail, remedy } = toUserError(thrown)
      return { source, error: { title, detail, remedy } }
    }
  }
  const opened: (Opened | Failed)[] = []
  for (const source of sources) {
    signal.throwIfAborted()
    opened.push(
      await attempt(source, async () => {
        const sae = await open(source)
        return { files: sae, ...requireFit(sae, files) }
      }),
    )
  }
  const hooks = new Set(opened.flatMap((one) => ('error' in one ? [] : [one.hookIn, one.hookOut])))
  const outputs = await runs.activations(model, windows, [...hooks], context)
  const layers: LayersResult['layers'] = []
  for (const [done, one] of opened.entries()) {
    signal.throwIfAborted()
    onProgress({ label: 'Finding features', done, total: opened.length, unit: 'steps' })
    layers.push(
      'error' in one
        ? one
        : await attempt(one.files.source, () =>
            withSae(one.files, async (sae) => layerRun(one, sae, partsAt(outputs, one), windows, signal)),
          ),
    )
  }
  return { ...tokensOf(windows, tokenizer), layers, milliseconds: performance.now() - start }
}

async function layerRun(
  { files, hookIn, hookOut }: Opened,
  sae: Sae,
  parts: readonly Part[],
  windows: readonly number[][],
  signal: AbortSignal,
): Promise<LayerRun> {
  const { features, l0, fvu } = await encodeParts(parts, sae, windows, signal)
  const layer = parseHook(hookIn)?.layer ?? 0
  const active = new Set(features.indices)
  // Labels are an extra: the numbers stand without them.
  const labels = (await readLabels(files).catch(() => [])).filter(([index]) => active.has(index))
  return { source: files.source, layer, hookIn, hookOut, features, l0, fvu, labels }
}

// Next-token predictions at one position of a text: all layers, the final norm, the whole vocabulary.
import { UserError } from '../lib/errors.ts'
import type { Hook } from '../lib/hook.ts'
import type { GemmaModel } from '../model/forward.ts'
import { nextTokens } from '../model/predict.ts'
import type { LensModel } from './feature.ts'
import type { ModelRuns } from './model-runs.ts'
import type { Prediction, Predictions } from './protocol.ts'
import { inMemory } from './run.ts'
import type { TaskContext } from './tasks.ts'
import { firstRows } from './windows.ts'

interface Asked {
  lens: LensModel
  model: GemmaModel
  runs: ModelRuns
  windows: number[][]
  /** Counted through all windows. */
  position: number
  k: number
}

export async function predict(
  { lens, model, runs, windows, position, k }: Asked,
  context: TaskContext,
): Promise<Predictions> {
  const { config, weights, unembedding, tokenizer } = lens
  const firsts = firstRows(windows)
  const window = firsts.findLastIndex((first) => first <= position)
  const row = position - firsts[window]
  if (!Number.isSafeInteger(position) || window < 0 || row >= windows[window].length) {
    throw new UserError({
      title: `There is no token ${position}.`,
      detail: `This text has ${windows.flat().length} tokens, counted from 0.`,
      remedy: 'Choose one of its tokens.',
    })
  }
  const hook: Hook = `blocks.${config.numHiddenLayers - 1}.hook_resid_post`
  const output = (await runs.activations(model, windows, [hook], context))[window].get(hook)
  if (!output) throw new Error(`the model gave no output for ${hook}`)
  const all = await inMemory(output)
  const { top, actual, entropy } = await nextTokens(
    weights,
    config,
    all.slice(row * config.hiddenSize, (row + 1) * config.hiddenSize),
    { k, actual: windows[window][row + 1], unembedding, ...context },
  )
  const named = <T extends { id: number }>(one: T): T & Pick<Prediction, 'token'> => ({
    ...one,
    token: tokenizer?.piece(one.id) ?? String(one.id),
  })
  return { position, top: top.map(named), actual: actual && named(actual), entropy }
}

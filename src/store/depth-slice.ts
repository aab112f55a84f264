// The text seen deeper: every source on this machine in one pass of the model, and what the model expects next.
import { isAbort, toUserError } from '../lib/errors.ts'
import type { DepthSlice, Slice } from './types.ts'

const SHOWN = 10

export const depthSlice: Slice<DepthSlice> = (set, get, { client }) => {
  let layersRun: AbortController | undefined
  let prediction: AbortController | undefined

  return {
    layers: undefined,
    predictions: undefined,

    runLayers: async () => {
      const { shown } = get()
      if (shown?.text === undefined) return
      layersRun?.abort()
      const abort = new AbortController()
      layersRun = abort
      const since = performance.now()
      const tell = (state: NonNullable<ReturnType<typeof get>['layers']>): void => {
        if (layersRun === abort) set({ layers: state })
      }
      tell({ status: 'loading', of: shown, label: 'Looking for sources', progress: undefined, since })
      try {
        const sources = await sourcesHere()
        const value = await client.runLayers(shown.text, sources, {
          signal: abort.signal,
          onProgress: (progress) =>
            tell({ status: 'loading', of: shown, label: progress.label, progress, since }),
        })
        tell({ status: 'ready', of: shown, value })
      } catch (thrown) {
        if (isAbort(thrown)) {
          if (layersRun === abort) set({ layers: undefined })
        } else tell({ status: 'failed', of: shown, error: toUserError(thrown) })
      }
    },

    cancelLayers: () => layersRun?.abort(),

    predict: async (position) => {
      const { shown } = get()
      if (shown?.text === undefined) return
      prediction?.abort()
      const abort = new AbortController()
      prediction = abort
      const since = performance.now()
      const tell = (state: NonNullable<ReturnType<typeof get>['predictions']>): void => {
        if (prediction === abort) set({ predictions: state })
      }
      const at = { of: shown, position }
      tell({ status: 'loading', ...at, label: 'Running model', progress: undefined, since })
      try {
        const value = await client.predictions(shown.text, position, SHOWN, {
          signal: abort.signal,
          onProgress: (progress) =>
            tell({ status: 'loading', ...at, label: progress.label, progress, since }),
        })
        tell({ status: 'ready', ...at, value })
      } catch (thrown) {
        if (isAbort(thrown)) {
          if (prediction === abort) set({ predictions: undefined })
        } else tell({ status: 'failed', ...at, error: toUserError(thrown) })
      }
    },

    cancelPrediction: () => prediction?.abort(),
  }

  /** Sources of the open model that need no download: bundled ones, and those stored whole. */
  async function sourcesHere(): Promise<string[]> {
    const { catalogue, model, sae } = get()
    const bundled = (catalogue ?? []).filter(({ modelRepo }) => modelRepo === model?.repo)
    if (bundled.length > 0) return bundled.map(({ source }) => source)
    const { files } = await client.storage()
    const whole = new Set(files.filter(({ present, size }) => present === size).map(({ name }) => name))
    const stored = (await client.publicCatalogue())
      .filter((entry) => entry.model === sae?.model && whole.has(`${entry.repo}/${entry.path}`))
      .sort((a, b) => (a.layer ?? 0) - (b.layer ?? 0))
    return stored.map(({ repo, path }) => `${repo}/${path}`)
  }
}

// The text seen deeper: every source on this machine in one pass of the model, and what the model expects next. Both
// may need layers that are not here yet: what that takes is said first, and fetched when it is agreed to.
import type { CallOptions } from '../engine/client.ts'
import type { LayersResult } from '../engine/protocol.ts'
import { isAbort, toUserError, UserError } from '../lib/errors.ts'
import type { Hook } from '../lib/hook.ts'
import { chosenSources, layersOf, sourcesHere, together } from './layer-sources.ts'
import { isOfHub, SMALL_DOWNLOAD, takenBy } from './model-slice.ts'
import type { Asked, DepthSlice, LayersAsked, Slice } from './types.ts'

/** Tokens shown of a prediction. */
const SHOWN = 10

interface Question<T> {
  /** What the model has to reach, and whether the whole embedding is needed. */
  hooks: Hook[]
  vocabulary: boolean
  answer(call: CallOptions): Promise<T>
}

export const depthSlice: Slice<DepthSlice> = (set, get, { client }) => {
  /** The newest of each kind; it takes the place of the one before. */
  const current: { layers?: AbortController; predictions?: AbortController } = {}
  /** Models whose embedding somebody has agreed to fetch. */
  const vocabularies = new Set<string>()

  /** Looks at what a question needs, asks back where that is a large download, and answers it. */
  async function ask<T>(
    kind: keyof typeof current,
    agreed: boolean,
    prepare: () => Promise<Question<T>>,
    tell: (state: Asked<T>) => void,
  ): Promise<void> {
    current[kind]?.abort()
    const abort = new AbortController()
    current[kind] = abort
    const since = performance.now()
    const tellLatest = (state: Asked<T>): void => {
      if (current[kind] === abort) tell(state)
    }
    tellLatest({ status: 'loading', label: 'Looking at what this needs', progress: undefined, since })
    try {
      const { answer, ...needs } = await prepare()
      const download = agreed ? 0 : await bytesOf(needs, abort.signal)
      if (download > SMALL_DOWNLOAD) return tellLatest({ status: 'asking', download })
      const { model } = get()
      if (model && needs.vocabulary) vocabularies.add(model.repo)
      const value = await answer({
        signal: abort.signal,
        onProgress: (progress) => tellLatest({ status: 'loading', label: progress.label, progress, since }),
      })
      tellLatest({ status: 'ready', value })
      if (needs.vocabulary) void get().renewLogits()
    } catch (thrown) {
      tellLatest(isAbort(thrown) ? { status: 'cancelled' } : { status: 'failed', error: toUserError(thrown) })
    }
  }

  /** Bytes still to be fetched; of an embedding at most, as parts of it may be stored. */
  async function bytesOf(
    { hooks, vocabulary }: Omit<Question<unknown>, 'answer'>,
    signal: AbortSignal,
  ): Promise<number> {
    const { model, choice } = get()
    if (!model || !isOfHub(get()) || hooks.length === 0) return 0
    const plan = await client.planModel(model.repo, hooks, { signal })
    const taken = takenBy(choice, plan)
    if (taken.refused) throw new UserError(taken.refused.reason)
    return taken.download + (vocabulary && !vocabularies.has(model.repo) ? plan.vocabularyBytes : 0)
  }

  return {
    layers: undefined,
    predictions: undefined,

    runLayers: async (agreed = false) => {
      const { library, storage, loadLibrary, refreshStorage } = get()
      if (!library || !storage) await Promise.all([loadLibrary(), refreshStorage()])
      const { shown: of, choice, route } = get()
      const text = of?.text
      if (!of || text === undefined) return
      const names = route?.view === 'layers' ? route.layers : undefined
      const chosen = chosenSources(sourcesHere(get()), names)
      const before = layersOf(get())?.found
      const done = new Set(before?.layers.flatMap((one) => ('error' in one ? [] : [one.source])))
      const missing = chosen.filter(({ source }) => !done.has(source))
      const hooks = missing.flatMap(({ hookIn, hookOut }) => [hookIn, hookOut])
      const asked: LayersAsked = {
        ...{ of, choice, found: before },
        sources: [...new Set([...done, ...chosen.map(({ source }) => source)])],
      }
      const answer = async (call: CallOptions): Promise<LayersResult> => {
        if (missing.length === 0) return before ?? { ...of.result, layers: [], milliseconds: 0 }
        const places = missing.map(({ repo, path }) => `${repo}/${path}`)
        const result = await client.runLayers(text, places, call)
        // What failed is told under the name it was asked by.
        const layers = result.layers.map((one, at) => ({ ...one, source: missing[at].source }))
        return together(before, { ...result, layers })
      }
      const prepare = async () => {
        const { libraryError } = get()
        if (libraryError) throw libraryError
        return {
          hooks: [...new Set(hooks)].filter((hook) => hook !== undefined),
          ...{ vocabulary: false, answer },
        }
      }
      await ask('layers', agreed, prepare, (state) => {
        const found = state.status === 'ready' ? state.value : before
        set({ layers: { ...asked, ...state, found } })
      })
    },

    cancelLayers: () => current.layers?.abort(),

    predict: async (position, agreed = false) => {
      const { shown: of, model } = get()
      const text = of?.text
      if (!of || !model || text === undefined) return
      const last: Hook = `blocks.${model.layers - 1}.hook_resid_post`
      const prepare = async () => ({
        hooks: [last],
        vocabulary: true,
        answer: (call: CallOptions) => client.predictions(text, position, SHOWN, call),
      })
      await ask('predictions', agreed, prepare, (state) => set({ predictions: { of, position, ...state } }))
    },

    cancelPrediction: () => current.predictions?.abort(),
  }
}

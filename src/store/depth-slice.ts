// The text seen deeper: every source on this machine in one pass of the model, and what the model expects next. Both
// may need layers that are not here yet: what that takes is said first, and fetched when it is agreed to.
import type { CallOptions } from '../engine/client.ts'
import type { LayersResult } from '../engine/protocol.ts'
import type { Hook } from '../lib/hook.ts'
import { asking } from './asking.ts'
import { chosenSources, layersOf, sourcesHere, together } from './layer-sources.ts'
import type { DepthSlice, LayersAsked, Slice } from './types.ts'

/** Tokens shown of a prediction. */
const SHOWN = 10

export const depthSlice: Slice<DepthSlice> = (set, get, services) => {
  const { client } = services
  const { ask, cancel } = asking(get, services)

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

    cancelLayers: () => cancel('layers'),

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

    cancelPrediction: () => cancel('predictions'),
  }
}

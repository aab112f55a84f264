// What the layer view shows, and the asking for what is missing of it.
import { useEffect, useMemo } from 'react'
import type { CatalogueEntry } from '../../engine/protocol.ts'
import type { LayersRoute } from '../../lib/route.ts'
import { useActions, useApp } from '../../store/hooks.ts'
import { chosenSources, layersOf } from '../../store/layer-sources.ts'
import type { AppState } from '../../store/types.ts'
import { useSourcesHere } from './use-sources-here.ts'

export interface LayerChoice {
  /** Sources of the model on this machine, by layer; undefined while that is not known. */
  here: CatalogueEntry[] | undefined
  chosen: CatalogueEntry[]
  /** Names in the address that are not on this machine. */
  absent: string[]
  /** What was asked of the text that is shown. */
  asked: AppState['layers']
}

/** Runs the shown text through the chosen sources that it was not run through yet. */
export function useLayers({ layers: names }: LayersRoute): LayerChoice {
  const here = useSourcesHere()
  const shown = useApp((state) => state.shown)
  const choice = useApp((state) => state.choice)
  const layers = useApp((state) => state.layers)
  const busy = useApp((state) => Boolean(state.opening ?? state.running))
  const { runLayers } = useActions()

  const chosen = useMemo(() => chosenSources(here ?? [], names), [here, names])
  const asked = layersOf({ layers, shown, choice })
  const unasked =
    !busy && shown?.origin === 'text' && chosen.some(({ source }) => !asked?.sources.includes(source))
  // biome-ignore lint/correctness/useExhaustiveDependencies: another text or choice is another question.
  useEffect(() => {
    if (unasked) void runLayers()
  }, [unasked, shown, chosen, runLayers])

  const absent = here ? (names ?? []).filter((name) => here.every(({ source }) => source !== name)) : []
  return { here, chosen, absent, asked }
}

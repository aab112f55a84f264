// Where the open source is on Neuronpedia.
import { useEffect } from 'react'
import { useActions, useApp } from '../../store/hooks.ts'
import { neuronpediaName } from '../../store/seek-slice.ts'

/** "gemma-2-2b/20-gemmascope-res-16k"; undefined where the source is not there, or not known to be. */
export function useNeuronpedia(): string | undefined {
  const isPublic = useApp(({ sae }) => sae !== undefined && /^google\/gemma-scope/.test(sae.repo))
  const { loadLibrary } = useActions()
  useEffect(() => {
    if (isPublic) void loadLibrary()
  }, [isPublic, loadLibrary])
  return useApp(neuronpediaName)
}

// Which sources of the open model need no download of theirs; what is stored may have changed with the source.
import { useEffect, useMemo } from 'react'
import type { CatalogueEntry } from '../../engine/protocol.ts'
import { useActions, useApp } from '../../store/hooks.ts'
import { sourcesHere } from '../../store/layer-sources.ts'

/** By layer; undefined while that is not known. */
export function useSourcesHere(): CatalogueEntry[] | undefined {
  const library = useApp((state) => state.library)
  const storage = useApp((state) => state.storage)
  const known = useApp((state) => Boolean(state.library && (state.storage ?? state.storageError)))
  const model = useApp((state) => state.model)
  const sae = useApp((state) => state.sae)
  const { loadLibrary, refreshStorage } = useActions()

  // biome-ignore lint/correctness/useExhaustiveDependencies: `sae` is why to look again.
  useEffect(() => {
    void loadLibrary()
    void refreshStorage()
  }, [sae, loadLibrary, refreshStorage])

  return useMemo(
    () => (known ? sourcesHere({ library, storage, model, sae }) : undefined),
    [known, library, storage, model, sae],
  )
}

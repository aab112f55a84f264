// What the open index has of one feature, asked for when the feature is looked at.
import { useEffect } from 'react'
import type { IndexedFeature, IndexInfo } from '../../engine/protocol.ts'
import type { UserError } from '../../lib/errors.ts'
import { useActions, useApp } from '../../store/hooks.ts'
import { openIndex } from '../../store/indexed-slice.ts'

interface IndexedShown {
  /** `none`: no index is open, or it is not yet known whether one is. */
  state: 'none' | 'loading' | 'ready' | 'failed'
  indexed: { info: IndexInfo; feature: IndexedFeature } | undefined
  error: UserError | undefined
  retry(): void
}

/**
 * Whether something of an index is to come, so that its room is there before. Until an index has been looked for, one
 * is expected of the page's first source, which is bundled with one; most others have none.
 */
export function useAwaited(model: string, source: string, state: IndexedShown['state']): boolean {
  const open = useApp(({ sae }) => sae?.source === source)
  const looked = useApp(({ index }) => index.status === 'known')
  const first = useApp(
    ({ catalogue }) =>
      !catalogue ||
      catalogue.some((entry) => entry.model === model && entry.source === source && entry.default),
  )
  return state === 'loading' || (first && !(open && looked))
}

export function useIndexed(index: number): IndexedShown {
  const info = useApp(openIndex)
  const known = useApp(({ indexed, indexedOf }) => (indexedOf === info ? indexed.get(index) : undefined))
  const { loadIndexed } = useActions()
  useEffect(() => {
    if (info) void loadIndexed(index)
  }, [info, index, loadIndexed])
  const retry = (): void => void loadIndexed(index)
  const nothing = { indexed: undefined, error: undefined, retry }
  if (!info) return { ...nothing, state: 'none' }
  if (!known || known === 'loading') return { ...nothing, state: 'loading' }
  if ('error' in known) return { ...nothing, state: 'failed', error: known.error }
  if (!known.value) return { ...nothing, state: 'none' }
  return { ...nothing, state: 'ready', indexed: { info, feature: known.value } }
}

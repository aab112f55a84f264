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

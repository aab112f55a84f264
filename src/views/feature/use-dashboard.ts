// What the SAE itself tells of one feature, asked for when the feature is looked at.
import { useEffect } from 'react'
import type { Dashboard } from '../../engine/protocol.ts'
import type { UserError } from '../../lib/errors.ts'
import { useActions, useApp } from '../../store/hooks.ts'

/** `open`: whether the feature's source is; nothing is asked before. */
export function useDashboard(
  index: number,
  open: boolean,
): { dashboard: Dashboard | undefined; error: UserError | undefined } {
  const state = useApp(({ dashboards }) => dashboards.get(index))
  const { loadDashboard } = useActions()
  useEffect(() => {
    if (open) void loadDashboard(index)
  }, [open, index, loadDashboard])
  const known = state === 'loading' ? undefined : state
  return {
    dashboard: known && 'dashboard' in known ? known.dashboard : undefined,
    error: known && 'error' in known ? known.error : undefined,
  }
}

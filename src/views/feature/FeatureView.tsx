// One feature: what it reads, what it writes, and what it does on the current text.
import { useEffect } from 'react'
import type { FeatureRoute } from '../../lib/route.ts'
import { useActions, useApp } from '../../store/hooks.ts'
import { Button } from '../../ui/Button.tsx'
import { ErrorPanel } from '../../ui/ErrorPanel.tsx'
import { Panel } from '../../ui/Panel.tsx'
import { Skeleton } from '../../ui/Skeleton.tsx'
import { TextRunner } from '../TextRunner.tsx'
import { FeatureHeader } from './FeatureHeader.tsx'
import css from './FeatureView.module.css'
import { LogitsPanel } from './LogitsPanel.tsx'
import { OnThisText } from './OnThisText.tsx'
import { ShapePanel } from './ShapePanel.tsx'

export function FeatureView({ route }: { route: FeatureRoute }) {
  const { index } = route
  const open = useApp((state) => state.sae?.source === route.source)
  const state = useApp(({ dashboards }) => dashboards.get(index))
  const { loadDashboard } = useActions()

  useEffect(() => {
    if (open) void loadDashboard(index)
  }, [open, index, loadDashboard])

  const dashboard = state && state !== 'loading' && 'dashboard' in state ? state.dashboard : undefined
  const error = state && state !== 'loading' && 'error' in state ? state.error : undefined
  return (
    <>
      <FeatureHeader route={route} dashboard={dashboard} />
      {error && (
        <ErrorPanel error={error}>
          <Button onClick={() => void loadDashboard(index)}>Try again</Button>
        </ErrorPanel>
      )}
      <div className={css.columns}>
        <div className={css.aside}>
          {dashboard ? (
            <>
              <ShapePanel dashboard={dashboard} />
              <LogitsPanel dashboard={dashboard} />
            </>
          ) : (
            !error && (
              <>
                <Panel title="Shape" busy>
                  <Skeleton lines={5} />
                </Panel>
                <Panel title="Logits" busy>
                  <Skeleton lines={9} />
                </Panel>
              </>
            )
          )}
        </div>
        <div className={css.main}>
          <TextRunner />
          <OnThisText index={index} dashboard={dashboard} />
        </div>
      </div>
    </>
  )
}

// One feature: what it reads, what it writes, what it does in a corpus and on the current text.
import { useRef, useState } from 'react'
import type { FeatureRoute } from '../../lib/route.ts'
import { useActions, useApp } from '../../store/hooks.ts'
import { Button } from '../../ui/Button.tsx'
import { ErrorPanel } from '../../ui/ErrorPanel.tsx'
import { Panel } from '../../ui/Panel.tsx'
import { Skeleton } from '../../ui/Skeleton.tsx'
import { TextRunner } from '../TextRunner.tsx'
import { ActivationsLater, ActivationsPanel } from './ActivationsPanel.tsx'
import { ExamplesPanel, FIRST_LOOK } from './ExamplesPanel.tsx'
import { FeatureHeader } from './FeatureHeader.tsx'
import css from './FeatureView.module.css'
import { HowPanel } from './HowPanel.tsx'
import { ImportedPanel } from './ImportedPanel.tsx'
import { IndexPanel } from './IndexPanel.tsx'
import { KindsPanel } from './KindsPanel.tsx'
import { LogitsPanel } from './LogitsPanel.tsx'
import { NearPanel } from './NearPanel.tsx'
import { OnThisText } from './OnThisText.tsx'
import { ShapePanel } from './ShapePanel.tsx'
import { useDashboard } from './use-dashboard.ts'
import { useAwaited, useIndexed } from './use-indexed.ts'

export function FeatureView({ route }: { route: FeatureRoute }) {
  const { index } = route
  const open = useApp((state) => state.sae?.source === route.source)
  const { dashboard, error } = useDashboard(index, open)
  const { indexed, state, error: indexError, retry } = useIndexed(index)
  const looked = useApp((all) => all.index.status === 'known')
  const runs = useApp((all) => all.model !== undefined && !all.activations)
  const { loadDashboard, setDraft, submit } = useActions()
  const [look, setLook] = useState(FIRST_LOOK)
  const text = useRef<HTMLDivElement>(null)

  const tryText = (example: string): void => {
    setDraft(example)
    void submit()
    const still = matchMedia('(prefers-reduced-motion: reduce)').matches
    text.current?.scrollIntoView({ block: 'start', behavior: still ? 'auto' : 'smooth' })
  }
  const waiting = useAwaited(route.model, route.source, state)
  return (
    <>
      <FeatureHeader route={route} dashboard={dashboard} indexed={indexed} waiting={waiting} />
      {error && (
        <ErrorPanel error={error}>
          <Button onClick={() => void loadDashboard(index)}>Try again</Button>
        </ErrorPanel>
      )}
      <div className={css.columns}>
        <div className={css.aside}>
          {dashboard ? (
            <>
              <ShapePanel dashboard={dashboard} indexed={indexed?.feature} />
              <LogitsPanel dashboard={dashboard} />
            </>
          ) : (
            !error && (
              <>
                <Panel title="Density and shape" busy>
                  <Skeleton lines={5} />
                </Panel>
                <Panel title="Logits" busy>
                  <Skeleton lines={9} />
                </Panel>
              </>
            )
          )}
          {!error && <NearPanel route={route} dashboard={dashboard} indexed={indexed} />}
          {indexed && <KindsPanel {...indexed} />}
        </div>
        <div className={css.main}>
          {indexed && <ActivationsPanel {...indexed} />}
          {waiting && <ActivationsLater />}
          <div ref={text} className={css.text}>
            <TextRunner />
            <OnThisText index={index} dashboard={dashboard} />
          </div>
        </div>
        <div className={css.examples}>
          {indexed && indexed.feature.statistics.count > 0 && (
            <ExamplesPanel {...indexed} look={look} onLook={setLook} onTry={runs ? tryText : undefined} />
          )}
          {waiting && (
            <Panel title="Examples" busy>
              <Skeleton lines={12} />
            </Panel>
          )}
          {indexError && (
            <ErrorPanel error={indexError}>
              <Button onClick={retry}>Try again</Button>
            </ErrorPanel>
          )}
          {open && looked && state === 'none' && <IndexPanel />}
          <ImportedPanel index={index} open={open} />
          {indexed && <HowPanel {...indexed} index={index} dashboard={dashboard} />}
        </div>
      </div>
    </>
  )
}

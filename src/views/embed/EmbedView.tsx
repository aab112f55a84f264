// A feature inside somebody else's page: the parts that the address asks for, and nothing around them.
import { type ComponentProps, useState } from 'react'
import type { Dashboard } from '../../engine/protocol.ts'
import { type Embed, WHOLE_EMBED } from '../../lib/embed.ts'
import { type FeatureRoute, formatRoute } from '../../lib/route.ts'
import { useActions, useApp } from '../../store/hooks.ts'
import { Button } from '../../ui/Button.tsx'
import { ErrorPanel } from '../../ui/ErrorPanel.tsx'
import { Panel } from '../../ui/Panel.tsx'
import { Skeleton } from '../../ui/Skeleton.tsx'
import { ActivationsLater, ActivationsPanel } from '../feature/ActivationsPanel.tsx'
import { ExamplesPanel, FIRST_LOOK } from '../feature/ExamplesPanel.tsx'
import { Computed, ComputedLater, Unlabelled } from '../feature/FeatureHeader.tsx'
import { LogitsPanel } from '../feature/LogitsPanel.tsx'
import { OnThisText } from '../feature/OnThisText.tsx'
import { useDashboard } from '../feature/use-dashboard.ts'
import { useAwaited, useIndexed } from '../feature/use-indexed.ts'
import { TextRunner } from '../TextRunner.tsx'
import css from './EmbedView.module.css'

export function EmbedView({ route }: { route: FeatureRoute }) {
  const { index, source, embed = WHOLE_EMBED } = route
  const open = useApp((state) => state.sae?.source === source)
  const { dashboard, error } = useDashboard(index, open)
  const { indexed, state } = useIndexed(index)
  const waiting = useAwaited(route.model, source, state)
  const [look, setLook] = useState(FIRST_LOOK)
  const { loadDashboard } = useActions()
  return (
    <>
      <Head route={route} embed={embed} dashboard={dashboard} indexed={indexed} waiting={waiting} />
      <div className={css.parts}>
        {error && (
          <ErrorPanel error={error}>
            <Button onClick={() => void loadDashboard(index)}>Try again</Button>
          </ErrorPanel>
        )}
        {embed.plots && indexed && <ActivationsPanel {...indexed} />}
        {embed.plots && waiting && <ActivationsLater />}
        {!dashboard && !error && (
          <Panel title="Feature" busy>
            <Skeleton lines={7} />
          </Panel>
        )}
        {embed.plots && dashboard && <LogitsPanel dashboard={dashboard} />}
        {embed.test && embed.testField && <TextRunner />}
        {embed.test && <OnThisText index={index} dashboard={dashboard} />}
        {embed.activations && indexed && indexed.feature.statistics.count > 0 && (
          <ExamplesPanel {...indexed} look={look} onLook={setLook} onTry={undefined} />
        )}
      </div>
    </>
  )
}

interface HeadProps {
  route: FeatureRoute
  embed: Embed
  dashboard: Dashboard | undefined
  indexed: ComponentProps<typeof Computed> | undefined
  waiting: boolean
}

function Head({ route, embed, dashboard, indexed, waiting }: HeadProps) {
  const { index, model, source } = route
  const label = useApp((state) => state.labels.get(index))
  return (
    <header className={css.head}>
      <h1 className={css.title}>
        <span className={css.index}>{index}</span>{' '}
        {!embed.explanation && <span className="visually-hidden">feature</span>}
        {embed.explanation && (label ? label.description : <Unlabelled dashboard={dashboard} />)}
      </h1>
      <span className={css.source}>
        {model} › {source}
      </span>
      {embed.link && (
        <a href={formatRoute({ ...route, embed: undefined })} target="_blank" rel="noopener noreferrer">
          Open in Featurescope ↗
        </a>
      )}
      {embed.explanation && (indexed || waiting) && (
        <div className={css.about}>{indexed ? <Computed {...indexed} /> : <ComputedLater />}</div>
      )}
    </header>
  )
}

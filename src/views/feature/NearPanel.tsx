// What else is like this feature: by decoder cosine, and by the tokens it shares with others.
import { useEffect, useState } from 'react'
import { type CoactiveOrder, coactiveFeatures } from '../../dashboard/coactive.ts'
import type { Dashboard, IndexedFeature, IndexInfo } from '../../engine/protocol.ts'
import { formatNumber } from '../../lib/format.ts'
import type { FeatureRoute } from '../../lib/route.ts'
import { useActions, useApp } from '../../store/hooks.ts'
import { Button } from '../../ui/Button.tsx'
import { ErrorPanel } from '../../ui/ErrorPanel.tsx'
import { Panel } from '../../ui/Panel.tsx'
import { Segmented } from '../../ui/Segmented.tsx'
import { Skeleton } from '../../ui/Skeleton.tsx'
import css from './NearPanel.module.css'
import { type NearColumn, NearTable } from './NearTable.tsx'

type Kind = 'cosine' | 'coactive'

const KINDS: readonly { value: Kind; text: string }[] = [
  { value: 'cosine', text: 'Cosine' },
  { value: 'coactive', text: 'Co-active' },
]
/** Rows of a list. */
const ROWS = 10

interface NearPanelProps {
  route: FeatureRoute
  dashboard: Dashboard | undefined
  indexed: { info: IndexInfo; feature: IndexedFeature } | undefined
}

export function NearPanel({ route, dashboard, indexed }: NearPanelProps) {
  const [kind, setKind] = useState<Kind>('cosine')
  return (
    <Panel
      title="Near and together"
      actions={<Segmented<Kind> label="Near by" value={kind} choices={KINDS} onChange={setKind} />}
    >
      {kind === 'cosine' && <Similar route={route} ready={dashboard !== undefined} />}
      {kind === 'coactive' && <Together route={route} indexed={indexed} />}
    </Panel>
  )
}

const COSINE: readonly NearColumn[] = [{ name: 'cosine', meaning: 'Cosine of the two rows of W_dec' }]

/** Asked for once the feature itself is there, which a person waits for more. */
function Similar({ route, ready }: { route: FeatureRoute; ready: boolean }) {
  const { index } = route
  const known = useApp(({ similar }) => similar.get(index))
  const { loadSimilar } = useActions()
  useEffect(() => {
    if (ready) void loadSimilar(index)
  }, [ready, index, loadSimilar])
  if (!known || known === 'loading') return <Skeleton lines={6} />
  if ('error' in known) {
    return (
      <ErrorPanel error={known.error}>
        <Button onClick={() => void loadSimilar(index)}>Try again</Button>
      </ErrorPanel>
    )
  }
  const rows = known.value.map(({ feature, cosine }) => ({ feature, cells: [formatNumber(cosine, 2)] }))
  return <NearTable caption="Features with similar decoder rows" columns={COSINE} rows={rows} route={route} />
}

function Together({ route, indexed }: Pick<NearPanelProps, 'route' | 'indexed'>) {
  const [order, setOrder] = useState<CoactiveOrder>('jaccard')
  if (!indexed) return <p className={css.none}>Counted in the activations of a corpus: there are none yet.</p>
  const { info, feature } = indexed
  const { coactiveTokens } = info.manifest
  const partners = coactiveFeatures({ ...feature, coactiveTokens }, order).slice(0, ROWS)
  if (partners.length === 0) {
    return <p className={css.none}>No feature shares five tokens of the corpus with it.</p>
  }
  const column = (value: CoactiveOrder, name: string, meaning: string): NearColumn => ({
    ...{ name, meaning, chosen: order === value },
    choose: () => setOrder(value),
  })
  const columns = [
    column('jaccard', 'Jaccard', 'Tokens both fire on, of those that either fires on'),
    column('lift', 'lift', 'Times as often together as if they had nothing to do with each other'),
  ]
  const rows = partners.map(({ feature: other, both, jaccard, lift }) => ({
    feature: other,
    cells: [formatNumber(jaccard, 2), `${formatNumber(lift, lift < 10 ? 1 : 0)}×`],
    note: `together on ${formatNumber(both)} of ${formatNumber(coactiveTokens)} tokens`,
  }))
  return (
    <NearTable caption="Features that fire on the same tokens" columns={columns} rows={rows} route={route} />
  )
}

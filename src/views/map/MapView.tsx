// The features of one source in two dimensions: near where their decoder directions are alike.
import { useEffect } from 'react'
import { formatNumber, plural } from '../../lib/format.ts'
import { browseRoute, exploreRoute, formatRoute, type MapRoute } from '../../lib/route.ts'
import { useActions, useApp } from '../../store/hooks.ts'
import type { MapShown } from '../../store/map-slice.ts'
import { Button } from '../../ui/Button.tsx'
import { ErrorPanel } from '../../ui/ErrorPanel.tsx'
import { PageHead } from '../../ui/PageHead.tsx'
import { ProgressBar } from '../../ui/ProgressBar.tsx'
import { Skeleton } from '../../ui/Skeleton.tsx'
import { MapNotes } from './MapNotes.tsx'
import { MapPlane } from './MapPlane.tsx'
import css from './MapView.module.css'

export function MapView({ route }: { route: MapRoute }) {
  const { model, source } = route
  const sae = useApp((state) => (state.sae?.source === source ? state.sae : undefined))
  const map = useApp((state) => (state.map?.of === sae ? state.map : undefined))
  const shownText = useApp((state) => state.shown?.text)
  const { loadMap } = useActions()
  const known = map !== undefined

  useEffect(() => {
    if (sae && !known) void loadMap()
  }, [sae, known, loadMap])

  const text = route.text ?? shownText
  return (
    <>
      <PageHead title={source} lead={leadOf(map)}>
        <span className={css.ways}>
          <a href={formatRoute(exploreRoute(model, source, text))}>Features of a text</a>
          <a href={formatRoute(browseRoute(model, source, text))}>All its features</a>
          <a href={formatRoute({ view: 'source', model, source, text })}>About this source</a>
        </span>
      </PageHead>
      <section
        className={css.panel}
        aria-label="Map of features"
        aria-busy={!map || map.status === 'loading'}
      >
        {sae && map ? <State route={route} map={map} /> : <Skeleton lines={14} />}
      </section>
      {map?.status === 'ready' && <MapNotes map={map.value} path={map.of.path} />}
    </>
  )
}

function State({ route, map }: { route: MapRoute; map: MapShown }) {
  const { cancelMap, loadMap } = useActions()
  switch (map.status) {
    case 'ready':
      return <MapPlane route={route} map={map} />
    case 'loading':
      return (
        <div className={css.note}>
          <ProgressBar {...map} onCancel={cancelMap} />
          <p>Computed once, on this machine, and kept in this browser. Everything else goes on meanwhile.</p>
        </div>
      )
    case 'cancelled':
      return (
        <div className={css.note}>
          <p>The map was not computed.</p>
          <Button onClick={() => void loadMap()}>Compute the map</Button>
        </div>
      )
    case 'failed':
      return (
        <div className={css.note}>
          <ErrorPanel error={map.error}>
            <Button onClick={() => void loadMap()}>Try again</Button>
          </ErrorPanel>
        </div>
      )
  }
}

/** "4,096 features", or of how many a sample is. */
function leadOf(map: MapShown | undefined): string | undefined {
  if (map?.status !== 'ready') return map && plural(map.of.dSae, 'feature')
  const { features, dSae, sampled, zero } = map.value
  const left = zero > 0 ? ` · ${formatNumber(zero)} with a zero vector left out` : ''
  if (!sampled) return plural(features.length, 'feature') + left
  return `a sample of ${formatNumber(features.length)} of ${plural(dSae, 'feature')}${left}`
}

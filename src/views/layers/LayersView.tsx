// One text across layers and sites: what each chosen source makes of it, in one pass of the model.
import { useDeferredValue, useMemo, useState } from 'react'
import { plural } from '../../lib/format.ts'
import type { LayersRoute } from '../../lib/route.ts'
import { useApp } from '../../store/hooks.ts'
import { Announce } from '../../ui/Announce.tsx'
import { TextPlace } from '../TextPlace.tsx'
import { TextTabs } from '../TextTabs.tsx'
import { LayersPanel } from './LayersPanel.tsx'
import css from './LayersView.module.css'
import { LayerTokens, type Pointed } from './LayerTokens.tsx'
import { layerRow } from './layer-rows.ts'
import { SourceChoice } from './SourceChoice.tsx'
import { useLayers } from './use-layers.ts'

export function LayersView({ route }: { route: LayersRoute }) {
  const shown = useApp((state) => state.shown)
  const [pointed, point] = useState<Pointed>()
  const choice = useLayers(route)
  const { asked, chosen } = choice
  const found = asked?.found
  const rows = useMemo(
    () =>
      new Map(found?.layers.map((one) => [one.source, 'error' in one ? one : layerRow(one, found.windows)])),
    [found],
  )
  const shownRows = useMemo(
    () =>
      chosen.flatMap(({ source }) => {
        const row = rows.get(source)
        return row ? [row] : []
      }),
    [chosen, rows],
  )
  const announcement =
    asked?.status === 'ready' ? `${plural(shownRows.length, 'source')} of ${chosen.length} shown` : ''
  return (
    <>
      <h1 className="visually-hidden">A text across layers</h1>
      <TextTabs />
      <div className={css.columns}>
        <div className={css.text}>
          <TextPlace>
            <LayerTokens shown={shown} rows={shownRows} pointed={useDeferredValue(pointed)} />
          </TextPlace>
          <SourceChoice route={route} choice={choice} />
        </div>
        <LayersPanel shown={shown} rows={shownRows} choice={choice} onPoint={point} />
      </div>
      <Announce>{announcement}</Announce>
    </>
  )
}

// What the map is coloured by, what its colours mean, and the ways to move it and to pick from it.
import { type ReactNode, useId } from 'react'
import { formatNumber, formatShare, plural } from '../../lib/format.ts'
import { type MapPaint, SHADES } from '../../lib/map-paint.ts'
import { MAP_COLOURS, type MapColour } from '../../lib/map-query.ts'
import { browseRoute, formatRoute, type MapRoute } from '../../lib/route.ts'
import { useActions, useApp } from '../../store/hooks.ts'
import type { MapShown } from '../../store/map-slice.ts'
import { Button } from '../../ui/Button.tsx'
import { SearchField } from '../../ui/SearchField.tsx'
import { Segmented } from '../../ui/Segmented.tsx'
import css from './MapTools.module.css'
import { shadeColour } from './use-palette.ts'

const COLOUR_NAMES: Record<MapColour, string> = { density: 'Density', search: 'Search', label: 'Labels' }

interface MapToolsProps {
  route: MapRoute
  map: Extract<MapShown, { status: 'ready' }>
  paint: MapPaint
  /** Whether the words of the address have been searched. */
  searched: boolean
  lasso: boolean
  onLasso(): void
  onListView(): void
  /** By a factor; undefined for everything. */
  onZoom(factor: number | undefined): void
}

export function MapTools({ route, map, paint, searched, lasso, onLasso, onListView, onZoom }: MapToolsProps) {
  const { colour, text } = route.query
  const { setMapQuery } = useActions()
  const error = useApp((state) => state.mapError)
  const onKey = (key: string): boolean => {
    if (key !== 'Escape' || text === '') return false
    setMapQuery({ text: '', colour: 'density' }, 'typing')
    return true
  }
  return (
    <div className={css.tools}>
      <SearchField
        id="find-in-list"
        className={css.find}
        label="Search features"
        placeholder="words of labels, summaries and tokens"
        value={text}
        onChange={(next) => setMapQuery({ text: next, colour: 'search' }, 'typing')}
        onKey={onKey}
        aria-keyshortcuts="/"
      />
      <div className={css.colour}>
        <span aria-hidden="true">Coloured by</span>
        <Segmented
          label="Coloured by"
          value={colour}
          choices={MAP_COLOURS.map((value) => ({ value, text: COLOUR_NAMES[value] }))}
          onChange={(value) => setMapQuery({ colour: value }, 'choice')}
        />
      </div>
      <div className={css.buttons}>
        <Button look="pill" aria-pressed={lasso} className={css.lasso} onClick={onLasso}>
          Lasso
        </Button>
        <Button look="pill" onClick={onListView}>
          List what is in view
        </Button>
        <span className={css.zoom}>
          <Button look="icon" aria-label="Zoom in" title="Zoom in (+)" onClick={() => onZoom(1.6)}>
            <Sign path="M7 2v10M2 7h10" />
          </Button>
          <Button look="icon" aria-label="Zoom out" title="Zoom out (−)" onClick={() => onZoom(1 / 1.6)}>
            <Sign path="M2 7h10" />
          </Button>
          <Button
            look="icon"
            aria-label="Show everything"
            title="Show everything (0)"
            onClick={() => onZoom(undefined)}
          >
            <Sign path="M2 5V2h3M9 2h3v3M12 9v3H9M5 12H2V9" />
          </Button>
        </span>
      </div>
      <p className={css.legend} role="status">
        {error ? error.title : <Legend {...{ route, map, paint, searched }} />}
      </p>
    </div>
  )
}

/** What the colours stand for, and of how many features. */
function Legend({
  route,
  map,
  paint,
  searched,
}: Pick<MapToolsProps, 'route' | 'map' | 'paint' | 'searched'>) {
  const { colour, text } = route.query
  const total = map.value.features.length
  if (colour === 'density') {
    if (!map.density) return 'Asking how often each feature fires …'
    if (!paint.range) return 'How often features fire is not known: this source has no activation index.'
    const [low, high] = paint.range
    return (
      <>
        {formatShare(low)} <Ramp /> {formatShare(high)} of tokens, on a logarithmic scale
        {paint.shown < total && (
          <>
            {' · '}
            <Dot faded /> {plural(total - paint.shown, 'feature')} never seen to fire
          </>
        )}
      </>
    )
  }
  if (colour === 'label') {
    return paint.shown === 0 ? (
      'No feature of this source has a label.'
    ) : (
      <>
        <Dot /> {plural(paint.shown, 'feature')} with a label · <Dot faded />{' '}
        {formatNumber(total - paint.shown)} without
      </>
    )
  }
  if (text.trim() === '') return 'Type words to light the features that have them.'
  if (!searched) return 'Searching …'
  const { model, source } = route
  return (
    <>
      <Dot /> {formatNumber(paint.shown)} found · <Dot faded /> {formatNumber(total - paint.shown)} others ·{' '}
      <a href={formatRoute(browseRoute(model, source, route.text, { text }))}>Open as list</a>
    </>
  )
}

function Ramp(): ReactNode {
  const id = useId()
  return (
    <svg className={css.ramp} viewBox={`0 0 ${SHADES} 1`} preserveAspectRatio="none" aria-hidden="true">
      {Array.from({ length: SHADES }, (_, step) => (
        <rect
          key={`${id}${shadeColour(step)}`}
          x={step}
          width="1.05"
          height="1"
          style={{ fill: shadeColour(step) }}
        />
      ))}
    </svg>
  )
}

function Dot({ faded }: { faded?: boolean }) {
  return <span className={css.dot} data-faded={faded} aria-hidden="true" />
}

function Sign({ path }: { path: string }) {
  return (
    <svg className={css.sign} viewBox="0 0 14 14" aria-hidden="true">
      <path d={path} />
    </svg>
  )
}

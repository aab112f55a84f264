// A computed map with all that belongs to it: tools above, what is pointed at, and the list of what was picked.
import { type RefObject, useCallback, useEffect, useLayoutEffect, useMemo, useRef, useState } from 'react'
import { paintOf } from '../../lib/map-paint.ts'
import {
  insideOutline,
  type PlaneView,
  type Size,
  wholePlane,
  windowOutline,
  zoomed,
} from '../../lib/plane.ts'
import type { MapRoute } from '../../lib/route.ts'
import { useActions, useApp } from '../../store/hooks.ts'
import type { MapShown } from '../../store/map-slice.ts'
import { MapCanvas, type Pointed } from './MapCanvas.tsx'
import { MapList } from './MapList.tsx'
import css from './MapPlane.module.css'
import { MapTip } from './MapTip.tsx'
import { MapTools } from './MapTools.tsx'

type Point = readonly [number, number]

interface MapPlaneProps {
  route: MapRoute
  map: Extract<MapShown, { status: 'ready' }>
}

export function MapPlane({ route, map }: MapPlaneProps) {
  const { features, places } = map.value
  const { density } = map
  const { colour } = route.query
  const hits = useApp(({ mapHits }) => (mapHits?.of === map.of ? mapHits.features : undefined))
  const labels = useApp((state) => state.labels)
  const picked = useApp(({ mapPicked }) => (mapPicked?.of === map.of ? mapPicked : undefined))
  const { loadMapHits, pickOnMap, visit } = useActions()
  const stage = useRef<HTMLDivElement>(null)
  const size = useSize(stage)
  const [moved, setView] = useState<PlaneView>()
  const [lasso, setLasso] = useState(false)
  const [outline, setOutline] = useState<readonly Point[]>()
  const [pointed, setPointed] = useState<Pointed>()
  const [inList, setInList] = useState<number>()
  const view = useMemo(() => moved ?? wholePlane(size), [moved, size])
  const paint = useMemo(
    () => paintOf(colour, { features, density, hits, labels }),
    [colour, features, density, hits, labels],
  )

  // biome-ignore lint/correctness/useExhaustiveDependencies: other words, or another source to search them in.
  useEffect(() => void loadMapHits(), [route.query.text, map.of, loadMapHits])

  const ringed = useMemo(() => {
    const listed = inList === undefined ? -1 : features.indexOf(inList)
    return [pointed?.point ?? -1, listed].filter((point) => point >= 0)
  }, [pointed, inList, features])

  const pick = (points: readonly number[], how: 'lasso' | 'view'): void => {
    pickOnMap(
      points.map((point) => features[point]),
      how,
    )
  }
  const close = (): void => {
    pickOnMap(undefined)
    setOutline(undefined)
    setInList(undefined)
  }
  const onView = useCallback((next: PlaneView | undefined) => {
    setView(next)
    setPointed(undefined)
  }, [])
  const open = (index: number): void => {
    const { model, source, text } = route
    void visit({ view: 'feature', model, source, index, text })
  }

  return (
    <>
      <MapTools
        route={route}
        map={map}
        paint={paint}
        searched={hits !== undefined}
        lasso={lasso}
        onLasso={() => setLasso(!lasso)}
        onListView={() => {
          setOutline(undefined)
          pick(insideOutline(places, windowOutline(view, size)), 'view')
        }}
        onZoom={(factor) =>
          onView(
            factor === undefined ? undefined : zoomed(view, factor, [size.width / 2, size.height / 2], size),
          )
        }
      />
      <div className={css.body} data-listed={picked !== undefined || undefined}>
        <MapCanvas
          {...{ places, paint, view, size, stage, lasso, outline, ringed, onView }}
          onPoint={setPointed}
          onOpen={(point) => open(features[point])}
          onLasso={(points, drawn) => {
            setOutline(drawn)
            setLasso(false)
            pick(points, 'lasso')
          }}
          onLeave={() => {
            if (lasso) setLasso(false)
            else close()
          }}
        >
          {pointed && (
            <MapTip
              feature={features[pointed.point]}
              density={density?.[pointed.point]}
              at={pointed.at}
              size={size}
            />
          )}
        </MapCanvas>
        {picked && <MapList route={route} picked={picked} onPoint={setInList} onClose={close} />}
      </div>
    </>
  )
}

function useSize(of: RefObject<HTMLElement | null>): Size {
  const [size, setSize] = useState<Size>({ width: 0, height: 0 })
  useLayoutEffect(() => {
    const element = of.current
    if (!element) return
    const measure = (): void => setSize({ width: element.clientWidth, height: element.clientHeight })
    measure()
    const observer = new ResizeObserver(measure)
    observer.observe(element)
    return () => observer.disconnect()
  }, [of])
  return size
}

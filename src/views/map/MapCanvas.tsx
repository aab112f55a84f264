// The points on a canvas: moved, zoomed, pointed at and encircled, by pointer, fingers or keys.
import {
  type KeyboardEvent,
  type PointerEvent,
  type ReactNode,
  type RefObject,
  useEffect,
  useLayoutEffect,
  useRef,
  useState,
} from 'react'
import { plural } from '../../lib/format.ts'
import type { MapPaint } from '../../lib/map-paint.ts'
import { insideOutline, moved, type PlaneView, pointAt, type Size, zoomed } from '../../lib/plane.ts'
import { drawPoints } from './draw-points.ts'
import css from './MapCanvas.module.css'
import { usePalette } from './use-palette.ts'

type Point = readonly [number, number]

/** Pixels of a step by an arrow key, of the reach of a pointer, and below which a press is no drag. */
const STEP = 60
const REACH = 9
const STILL = 4

export interface Pointed {
  point: number
  /** In pixels of the canvas. */
  at: Point
}

interface MapCanvasProps {
  /** [points, 2] */
  places: Float32Array
  paint: MapPaint
  view: PlaneView
  size: Size
  /** What holds the canvas; its size is `size`. */
  stage: RefObject<HTMLDivElement | null>
  lasso: boolean
  outline: readonly Point[] | undefined
  /** Numbers of points with a ring. */
  ringed: readonly number[]
  onView(next: PlaneView | undefined): void
  onPoint(pointed: Pointed | undefined): void
  onOpen(point: number): void
  /** Points inside of what was drawn around them, in the plane. */
  onLasso(points: number[], outline: readonly Point[]): void
  /** Escape. */
  onLeave(): void
  /** Lies above the canvas. */
  children: ReactNode
}

export function MapCanvas(props: MapCanvasProps) {
  const { places, paint, view, size, stage, lasso, outline, ringed, onView } = props
  const canvas = useRef<HTMLCanvasElement>(null)
  const palette = usePalette(stage)
  const ratio = useRatio()
  const fingers = useRef(new Map<number, Point>())
  const travelled = useRef(0)
  const [drawn, setDrawn] = useState<readonly Point[]>()

  useLayoutEffect(() => {
    const context = canvas.current?.getContext('2d')
    if (!context || !palette || size.width === 0) return
    const line = drawn ?? outline
    drawPoints(context, { places, paint, view, size, ratio, palette, ringed, outline: line })
  }, [places, paint, view, size, ratio, palette, ringed, outline, drawn])

  // React listens to wheels passively, which cannot keep the page where it is.
  useEffect(() => {
    const element = canvas.current
    if (!element) return
    const onWheel = (event: WheelEvent): void => {
      event.preventDefault()
      const pixels = event.deltaMode === 0 ? event.deltaY : event.deltaY * 30
      // A pinch on a touchpad comes as a wheel with Ctrl, in smaller steps.
      const factor = Math.exp(-pixels * (event.ctrlKey ? 0.01 : 0.0016))
      onView(zoomed(view, factor, [event.offsetX, event.offsetY], size))
    }
    element.addEventListener('wheel', onWheel, { passive: false })
    return () => element.removeEventListener('wheel', onWheel)
  }, [view, size, onView])

  const placeOf = (event: PointerEvent): Point => [event.nativeEvent.offsetX, event.nativeEvent.offsetY]
  const inPlane = ([px, py]: Point): Point => [(px - view.x) / view.scale, (py - view.y) / view.scale]

  const onDown = (event: PointerEvent): void => {
    if (event.button !== 0) return
    event.currentTarget.setPointerCapture(event.pointerId)
    fingers.current.set(event.pointerId, placeOf(event))
    travelled.current = fingers.current.size > 1 ? STILL : 0
    props.onPoint(undefined)
    setDrawn(lasso && fingers.current.size === 1 ? [inPlane(placeOf(event))] : undefined)
  }
  const onMove = (event: PointerEvent): void => {
    const place = placeOf(event)
    const before = fingers.current.get(event.pointerId)
    if (!before) {
      const point = pointAt(places, view, place, REACH)
      props.onPoint(point === undefined ? undefined : { point, at: place })
      return
    }
    const step: Point = [place[0] - before[0], place[1] - before[1]]
    travelled.current += Math.hypot(...step)
    fingers.current.set(event.pointerId, place)
    const [other] = [...fingers.current].filter(([id]) => id !== event.pointerId)
    if (other) {
      const [, still] = other
      const factor =
        Math.hypot(place[0] - still[0], place[1] - still[1]) /
        Math.max(1, Math.hypot(before[0] - still[0], before[1] - still[1]))
      onView(moved(zoomed(view, factor, still, size), step[0] / 2, step[1] / 2, size))
    } else if (drawn) setDrawn([...drawn, inPlane(place)])
    else if (travelled.current >= STILL) onView(moved(view, step[0], step[1], size))
  }
  const onUp = (event: PointerEvent): void => {
    if (!fingers.current.delete(event.pointerId)) return
    setDrawn(undefined)
    if (drawn && drawn.length > 2 && travelled.current >= STILL) {
      props.onLasso(insideOutline(places, drawn), drawn)
    } else if (travelled.current < STILL && event.type === 'pointerup') {
      const point = pointAt(places, view, placeOf(event), REACH)
      if (point !== undefined && !lasso) props.onOpen(point)
    }
  }
  const onKeyDown = (event: KeyboardEvent): void => {
    if (event.ctrlKey || event.metaKey || event.altKey) return
    const middle: Point = [size.width / 2, size.height / 2]
    const { key } = event
    if (key === '+' || key === '=') onView(zoomed(view, 1.4, middle, size))
    else if (key === '-' || key === '−') onView(zoomed(view, 1 / 1.4, middle, size))
    else if (key === '0') onView(undefined)
    else if (key === 'ArrowLeft') onView(moved(view, STEP, 0, size))
    else if (key === 'ArrowRight') onView(moved(view, -STEP, 0, size))
    else if (key === 'ArrowUp') onView(moved(view, 0, STEP, size))
    else if (key === 'ArrowDown') onView(moved(view, 0, -STEP, size))
    else if (key === 'Escape') props.onLeave()
    else return
    event.preventDefault()
    event.stopPropagation()
  }

  return (
    <div
      ref={stage}
      className={css.stage}
      role="application"
      aria-label={`Map of ${plural(places.length / 2, 'feature')}`}
      aria-roledescription="map"
      aria-keyshortcuts="+ - 0 ArrowLeft ArrowRight ArrowUp ArrowDown"
      // biome-ignore lint/a11y/noNoninteractiveTabindex: arrow keys move what is in sight.
      tabIndex={0}
      onKeyDown={onKeyDown}
    >
      <canvas
        ref={canvas}
        className={css.canvas}
        data-lasso={lasso || undefined}
        data-pointed={ringed.length > 0 || undefined}
        width={Math.round(size.width * ratio)}
        height={Math.round(size.height * ratio)}
        onPointerDown={onDown}
        onPointerMove={onMove}
        onPointerUp={onUp}
        onPointerCancel={onUp}
        onPointerLeave={() => props.onPoint(undefined)}
      />
      {props.children}
    </div>
  )
}

/** Pixels of the screen for one of the page; changes when a window goes to another screen or is zoomed. */
function useRatio(): number {
  const [ratio, setRatio] = useState(() => devicePixelRatio)
  useEffect(() => {
    const list = matchMedia(`(resolution: ${ratio}dppx)`)
    const tell = (): void => setRatio(devicePixelRatio)
    list.addEventListener('change', tell)
    return () => list.removeEventListener('change', tell)
  }, [ratio])
  return ratio
}

// Keeps a canvas as large as the scrolled part that is in sight, and draws it again when anything it shows has changed.
import { type RefObject, useEffect, useLayoutEffect, useRef, useState } from 'react'
import { onThemeChange } from '../lib/theme.ts'
import { drawHeat, type HeatPicture } from './heat-canvas.ts'

type Content = Omit<HeatPicture, 'left' | 'top' | 'width' | 'height'>

/** `content` is what to draw, given the width in sight. Gives the canvas's size in CSS pixels. */
export function useHeatCanvas(
  scroller: RefObject<HTMLElement | null>,
  canvas: RefObject<HTMLCanvasElement | null>,
  content: (width: number) => Content,
): { width: number; height: number } {
  const [size, setSize] = useState({ width: 0, height: 0 })
  const draw = useRef(() => {})

  useLayoutEffect(() => {
    draw.current = () => {
      const [view, picture] = [scroller.current, canvas.current]
      if (!view || !picture || size.width === 0) return
      const { scrollLeft: left, scrollTop: top } = view
      drawHeat(picture, { ...content(size.width), ...size, left, top })
    }
    draw.current()
  })

  useEffect(() => {
    const view = scroller.current
    if (!view) return
    const measure = (): void => {
      const { clientWidth: width, clientHeight: height } = view
      setSize((before) => (before.width === width && before.height === height ? before : { width, height }))
    }
    measure()
    const observer = new ResizeObserver(measure)
    observer.observe(view)
    // Scrolling draws in the same frame: one behind, the names would trail the cells.
    const again = (): void => draw.current()
    view.addEventListener('scroll', again, { passive: true })
    const stop = onThemeChange(() => requestAnimationFrame(again))
    return () => {
      observer.disconnect()
      view.removeEventListener('scroll', again)
      stop()
    }
  }, [scroller])
  return size
}

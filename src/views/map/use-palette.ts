// The map's colours as the style sheet has them, as numbers; they change with the theme.
import { type RefObject, useLayoutEffect, useState, useSyncExternalStore } from 'react'
import { SHADES } from '../../lib/map-paint.ts'
import { isDark, onThemeChange } from '../../lib/theme.ts'
import type { Palette, Rgb } from './draw-points.ts'

/** Colour of a step of the scale, for styles. */
export function shadeColour(step: number): string {
  return `color-mix(in oklab, var(--map-high) ${Math.round((100 * step) / (SHADES - 1))}%, var(--map-low))`
}

export function usePalette(within: RefObject<HTMLElement | null>): Palette | undefined {
  const dark = useSyncExternalStore(onThemeChange, isDark)
  const [palette, setPalette] = useState<Palette>()
  // biome-ignore lint/correctness/useExhaustiveDependencies: the theme decides what the colours are.
  useLayoutEffect(() => {
    const parent = within.current
    if (!parent) return
    const probe = document.createElement('span')
    parent.append(probe)
    const computed = (colour: string): string => {
      probe.style.color = colour
      return getComputedStyle(probe).color
    }
    const steps = Array.from({ length: SHADES }, (_, step) => shadeColour(step))
    const shades = [...steps, 'var(--map-lit)', 'var(--map-faded)']
    const pixel = new OffscreenCanvas(1, 1).getContext('2d', { willReadFrequently: true })
    const rgb = (colour: string): Rgb => {
      if (!pixel) return [128, 128, 128]
      pixel.fillStyle = computed(colour)
      pixel.fillRect(0, 0, 1, 1)
      const [red, green, blue] = pixel.getImageData(0, 0, 1, 1).data
      return [red, green, blue]
    }
    setPalette({ shades: shades.map(rgb), ground: rgb('var(--panel)'), ring: computed('var(--focus)') })
    probe.remove()
  }, [within, dark])
  return palette
}

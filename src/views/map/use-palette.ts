// The map's colours as the style sheet has them, in words that a canvas understands; they change with the theme.
import { type RefObject, useLayoutEffect, useState, useSyncExternalStore } from 'react'
import { SHADES } from '../../lib/map-paint.ts'
import { isDark, onThemeChange } from '../../lib/theme.ts'
import type { Palette } from './draw-points.ts'

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
    const shades = Array.from({ length: SHADES }, (_, step) => computed(shadeColour(step)))
    setPalette({
      shades: [...shades, computed('var(--map-lit)'), computed('var(--map-faded)')],
      ring: computed('var(--focus)'),
    })
    probe.remove()
  }, [within, dark])
  return palette
}

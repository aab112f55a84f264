// A token's colour as one of a hundred classes: a browser shares the styles of elements whose rules are the same, and
// computes a thousand inline custom properties one by one.
import { STRONG } from '../lib/heat.ts'

/** Classes are a hundredth apart, which moves a colour by two steps of 255 at most. */
const STEPS = 100

let hasRules = false

/** The class, 0 … 100, of a level, 0 … 1; only that of zero has none of the colour. */
export function levelStep(level: number): number {
  return level > 0 ? Math.max(1, Math.round(level * STEPS)) : 0
}

/** The name of a class. The page has the rules from the first call on. */
export function levelClass(step: number): string {
  if (!hasRules) {
    const sheet = new CSSStyleSheet()
    sheet.replaceSync(levelRules())
    document.adoptedStyleSheets.push(sheet)
    hasRules = true
  }
  return `token-level-${step}`
}

/** `--level`, and the colour of the text on it. */
export function levelRules(): string {
  return Array.from({ length: STEPS }, (_, before) => {
    const step = before + 1
    const text = step / STEPS > STRONG ? '--on-strong' : '--on-lit'
    return `.token-level-${step}{--level:${step}%;color:var(${text})}`
  }).join('\n')
}

// The card of what the page shows, and the same in words for those who do not see it.
import type { AppState } from '../../store/types.ts'
import type { CardPanel, CardRow, ShareCard } from './card.ts'
import { drawnToken, plain } from './card-text.ts'
import { placeOf, shortAddress } from './card-words.ts'
import { exploreCard } from './explore-card.ts'
import { featureCard } from './feature-card.ts'
import { browseCard, listCard, sourceCard } from './list-cards.ts'
import { mapCard } from './map-card.ts'
import { compareCard, layersCard } from './text-cards.ts'

/** `base`: the page's own address. Undefined where there is nothing to show yet, or the page is of no source. */
export function cardOf(state: AppState, base: string): ShareCard | undefined {
  const { route, page, offer, routeError } = state
  if (!route || page || offer || routeError) return undefined
  const said = saidOf(state)
  return said && { ...said, place: placeOf(route), footer: shortAddress(route, base) }
}

function saidOf(state: AppState): Omit<ShareCard, 'place' | 'footer'> | undefined {
  const { route } = state
  switch (route?.view) {
    case 'explore':
      return exploreCard(state)
    case 'feature':
      return featureCard(state, route)
    case 'browse':
      return browseCard(state, route)
    case 'list':
      return listCard(state, route)
    case 'source':
      return sourceCard(state)
    case 'map':
      return mapCard(state, route)
    case 'compare':
      return compareCard(state, route)
    case 'layers':
      return layersCard(state, route)
    default:
      return undefined
  }
}

/** More is not read to the end; some sites take no more. */
const LONGEST_ALT = 1000

/** The card in words, in its order. */
export function altOf({ place, index = '', title, subtitle, columns }: ShareCard): string {
  const head = [`${place}: ${index} ${title}`, subtitle].filter((part) => part !== '')
  const parts = columns.flatMap(({ panels }) => panels.map(panelWords))
  const whole = [...head, ...parts].map((part) => part.replace(/\s+/g, ' ').trim()).join('. ')
  const alt = plainLong(whole)
  return alt.length > LONGEST_ALT ? `${alt.slice(0, LONGEST_ALT - 1).toWellFormed()}…` : alt
}

function panelWords(panel: CardPanel): string {
  const { heading } = panel
  switch (panel.kind) {
    case 'tokens': {
      const lit = panel.tokens.filter(({ level }) => level > 0.5).map(({ text }) => drawnToken(text).trim())
      return `${heading}, strongest on: ${lit.slice(0, 8).join(', ') || 'none'}`
    }
    case 'rows':
      return `${heading}: ${panel.rows.map(rowWords).join('; ')}`
    case 'facts':
      return `${heading}: ${panel.facts.map(([name, value]) => `${name} ${value}`).join(', ')}`
    case 'chips':
      return panel.groups
        .map(({ name, chips }) => `${name} ${chips.map(({ text }) => drawnToken(text).trim()).join(', ')}`)
        .join('; ')
    case 'examples':
      return `${heading}: ${panel.examples
        .slice(0, 3)
        .map(
          ({ value, tokens }) =>
            `${value} on “${tokens
              .map(({ text }) => drawnToken(text))
              .join('')
              .trim()}”`,
        )
        .join('; ')}`
    case 'chart':
      return `${heading}: a histogram${panel.scale === 'log' ? ', counts on a logarithmic axis' : ''}`
    case 'points':
      return `${heading}: ${panel.points.shades.length} points`
  }
}

function rowWords({ index = '', label, cells }: CardRow): string {
  const figures = cells.filter((cell) => cell !== '').join(', ')
  return `${index} ${plain(label)}${figures && ` (${figures})`}`
}

function plainLong(text: string): string {
  return text.toWellFormed().replace(/(?![\u200c\u200d])\p{Cf}|\p{Cc}/gu, '')
}

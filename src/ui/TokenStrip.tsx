// A text as its tokens, coloured by activation. Tokens render once a text; colours, hover and locks touch the DOM
// by delegation and classes, so that a thousand tokens stay smooth.
import { memo, type ReactNode, useId, useLayoutEffect, useRef, useState } from 'react'
import { tokenName } from '../lib/token-text.ts'
import css from './TokenStrip.module.css'
import { TokenText } from './TokenText.tsx'
import { useRovingTokens } from './use-roving-tokens.ts'
import { useTokenLevels } from './use-token-levels.ts'

interface StripToken {
  /** Position in the sequence. */
  first: number
  count: number
  text: string
  special: boolean
}

interface TokenStripProps {
  /** What the list is called. */
  label?: string
  tokens: readonly StripToken[]
  /** [tokens] opacity of each token's colour, 0 … 1 */
  levels: Float32Array
  /** Positions drawn as locked. */
  locked?: readonly number[]
  /** What the tooltip says of the token at this place in `tokens`. */
  tooltip(at: number): ReactNode
  onHover?(position: number | undefined): void
  onPick(position: number, extend: boolean): void
}

const NONE: readonly number[] = []

export function TokenStrip({
  label = 'Tokens',
  tokens,
  levels,
  locked = NONE,
  tooltip,
  onHover,
  onPick,
}: TokenStripProps) {
  const tipId = useId()
  const list = useRef<HTMLUListElement>(null)
  const [tip, setTip] = useState<Tip>()
  const onArrow = useRovingTokens(list, tokens)
  useTokenLevels(list, tokens, levels, css.token)
  useLocks(list, tokens, locked)
  useSteps(list, tokens)

  const show = (target: EventTarget): void => {
    const element = tokenElement(target)
    if (!element || !list.current) return
    const at = Number(element.dataset.at)
    if (at !== tip?.at) setTip(place(at, element, list.current))
    onHover?.(tokens[at].first)
  }
  const hide = (): void => {
    setTip(undefined)
    onHover?.(undefined)
  }
  const pick = (target: EventTarget, extend: boolean): void => {
    const element = tokenElement(target)
    if (element) onPick(tokens[Number(element.dataset.at)].first, extend)
  }

  return (
    <div className={css.frame}>
      <ul
        ref={list}
        // biome-ignore lint/a11y/noRedundantRoles: WebKit drops the role of a list without markers.
        role="list"
        aria-label={label}
        className={css.tokens}
        onPointerOver={(event) => show(event.target)}
        onPointerLeave={hide}
        onFocus={(event) => show(event.target)}
        onBlur={hide}
        onClick={(event) => pick(event.target, event.shiftKey)}
        onKeyDown={(event) => {
          if (event.key === 'Enter' || event.key === ' ') {
            event.preventDefault()
            pick(event.target, event.shiftKey)
          } else onArrow(event)
        }}
      >
        <TokenItems tokens={tokens} tipId={tipId} />
      </ul>
      <div id={tipId} role="tooltip" className={css.tip} style={tip?.style} hidden={!tip}>
        {tip && tip.at < tokens.length && tooltip(tip.at)}
      </div>
    </div>
  )
}

const TokenItems = memo(function TokenItems({
  tokens,
  tipId,
}: {
  tokens: readonly StripToken[]
  tipId: string
}) {
  return tokens.map((token, at) => (
    <li key={token.first}>
      {/* biome-ignore lint/a11y/useSemanticElements: a <button> is one block and cannot wrap like text. */}
      <span
        role="button"
        tabIndex={at === 0 ? 0 : -1}
        data-at={at}
        data-special={token.special || undefined}
        aria-label={`${tokenName(token.text)}, position ${token.first}`}
        aria-describedby={tipId}
        aria-pressed={false}
        className={css.token}
      >
        <TokenText text={token.text} breaks />
      </span>
    </li>
  ))
})

interface Tip {
  at: number
  style: { left: number; top: number }
}

/** Below the token's first line, kept inside the strip. */
function place(at: number, element: HTMLElement, frame: HTMLElement): Tip {
  const box = element.getClientRects()[0] ?? element.getBoundingClientRect()
  const outer = frame.getBoundingClientRect()
  const left = Math.max(4, Math.min(box.left - outer.left, outer.width - 236))
  return { at, style: { left, top: box.bottom - outer.top + 5 } }
}

function tokenElement(target: EventTarget): HTMLElement | undefined {
  return (target instanceof Element && target.closest<HTMLElement>('[data-at]')) || undefined
}

function tokenElements(list: HTMLElement | null): HTMLElement[] {
  return list ? [...list.querySelectorAll<HTMLElement>('[data-at]')] : []
}

type ListRef = React.RefObject<HTMLUListElement | null>

function useLocks(list: ListRef, tokens: readonly StripToken[], locked: readonly number[]): void {
  useLayoutEffect(() => {
    tokenElements(list.current).forEach((element, at) => {
      const { first, count } = tokens[at]
      const isLocked = locked.some((position) => position >= first && position < first + count)
      element.setAttribute('aria-pressed', String(isLocked))
    })
  }, [list, tokens, locked])
}

/** Tokens laid out in one frame: style, layout and paint of a thousand at once hold the page's thread too long. */
const STEP = 160

/** Shows a new long text's tokens over some frames; all are in the document from the start. */
function useSteps(list: ListRef, tokens: readonly StripToken[]): void {
  const drawn = useRef<readonly StripToken[]>(NO_TOKENS)
  useLayoutEffect(() => {
    const isSame = tokens.length === drawn.current.length && tokens.every(sameAs(drawn.current))
    const items = [...(list.current?.children ?? [])].filter((item) => item instanceof HTMLElement)
    let frame = 0
    const show = (from: number): void => {
      for (const item of items.slice(from, from + STEP)) item.hidden = false
      if (from + STEP < items.length) frame = requestAnimationFrame(() => show(from + STEP))
      else drawn.current = tokens
    }
    if (!isSame) {
      for (const item of items.slice(STEP)) item.hidden = true
      show(0)
    }
    return () => cancelAnimationFrame(frame)
  }, [list, tokens])
}

const NO_TOKENS: readonly StripToken[] = []

const sameAs =
  (others: readonly StripToken[]) =>
  (token: StripToken, at: number): boolean =>
    token.text === others[at].text

// What the page shows as an image for elsewhere: a preview, words for those who do not see it, and the ways to take it.
import { useEffect, useId, useLayoutEffect, useMemo, useRef, useState, useSyncExternalStore } from 'react'
import { saveFile } from '../../lib/save-file.ts'
import { isDark, onThemeChange } from '../../lib/theme.ts'
import { useActions, useApp } from '../../store/hooks.ts'
import { Announce } from '../../ui/Announce.tsx'
import { Button } from '../../ui/Button.tsx'
import look from '../../ui/dialog.module.css'
import form from '../../ui/form.module.css'
import { CARD_HEIGHT, CARD_WIDTH } from './card.ts'
import { cardShapes } from './card-layout.ts'
import { altOf, cardOf } from './card-of.ts'
import { cardPalette } from './card-palette.ts'
import type { Shape } from './card-pen.ts'
import { cardPng, cardSvg, measureWith, paintCard } from './card-picture.ts'
import { CARD_ROWS } from './card-words.ts'
import css from './ShareDialog.module.css'

export function ShareDialog({ onClose }: { onClose(): void }) {
  const id = useId()
  const wordsId = useId()
  const dialog = useRef<HTMLDialogElement>(null)
  const state = useApp((all) => all)
  const card = useMemo(() => cardOf(state, location.href), [state])
  useFirstRows()
  useNamed(card?.named)

  useEffect(() => {
    dialog.current?.showModal()
    // Not the words above it, which are only to be read.
    dialog.current?.querySelector('button')?.focus()
  }, [])
  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: Esc closes it by itself.
    <dialog
      ref={dialog}
      className={`${look.pane} ${css.pane}`}
      aria-labelledby={id}
      aria-describedby={wordsId}
      onClose={onClose}
      onClick={({ target, currentTarget }) => {
        // What lies around its content is the page behind it.
        if (target === currentTarget) currentTarget.close()
      }}
    >
      <div className={css.content}>
        <h2 id={id} className={look.title}>
          Image of this view
        </h2>
        {card ? (
          <Card card={card} name={nameOf(state.route)} pictureId={wordsId} />
        ) : (
          <p id={wordsId} className={form.quiet}>
            There is nothing to draw on this page yet.
          </p>
        )}
        <Button onClick={() => dialog.current?.close()}>Close</Button>
      </div>
    </dialog>
  )
}

/** The lines a card of the list shows may not be those in sight. */
function useFirstRows(): void {
  const features = useApp(({ route, browse }) => (route?.view === 'browse' ? browse?.features : undefined))
  const rows = useApp((state) => state.browseRows)
  const { loadBrowseRows } = useActions()
  useEffect(() => {
    const first = [...(features?.subarray(0, CARD_ROWS) ?? [])]
    if (first.some((feature) => !rows.has(feature))) void loadBrowseRows(first)
  }, [features, rows, loadBrowseRows])
}

/** Words of features that the page itself does not list. */
function useNamed(named: readonly number[] = []): void {
  const labels = useApp((state) => state.labels)
  const { loadWords } = useActions()
  const unlabelled = named.filter((feature) => !labels.has(feature)).join()
  useEffect(() => {
    if (unlabelled !== '') void loadWords(unlabelled.split(',').map(Number))
  }, [unlabelled, loadWords])
}

type Drawn = NonNullable<ReturnType<typeof cardOf>>

/** `pictureId`: of the element that says in words what the picture shows. */
function Card({ card, name, pictureId }: { card: Drawn; name: string; pictureId: string }) {
  const canvas = useRef<HTMLCanvasElement>(null)
  const shapes = useRef<Shape[]>([])
  const dark = useSyncExternalStore(onThemeChange, isDark)
  const [said, setSaid] = useState('')
  const alt = useMemo(() => altOf(card), [card])

  useLayoutEffect(() => {
    const context = canvas.current?.getContext('2d')
    if (!context) return
    shapes.current = cardShapes(card, cardPalette(dark), measureWith(context))
    paintCard(context, shapes.current)
  }, [card, dark])

  const savePng = async (): Promise<void> => {
    try {
      saveFile(`${name}.png`, await cardPng(shapes.current))
      setSaid('Saved')
    } catch {
      setSaid('This browser makes no PNG of it: save the SVG instead.')
    }
  }
  const copy = async (): Promise<void> => {
    if (typeof ClipboardItem === 'undefined' || !navigator.clipboard?.write) {
      return setSaid('This browser copies no images: save it instead.')
    }
    try {
      // A promise, not a picture: some browsers only copy within the click itself.
      await navigator.clipboard.write([new ClipboardItem({ 'image/png': cardPng(shapes.current) })])
      setSaid('Copied')
    } catch {
      setSaid('The browser would not copy the image: save it instead.')
    }
  }
  const copyAlt = async (): Promise<void> => {
    try {
      await navigator.clipboard.writeText(alt)
      setSaid('Copied the words')
    } catch {
      setSaid('The browser would not copy: select the words and copy them.')
    }
  }
  return (
    <>
      <canvas
        ref={canvas}
        id={pictureId}
        className={css.preview}
        width={CARD_WIDTH}
        height={CARD_HEIGHT}
        role="img"
        aria-label={alt}
      />
      <label className={form.label}>
        In words, for those who do not see it
        <textarea className={css.words} rows={3} readOnly value={alt} />
      </label>
      <div className={css.row}>
        <Button look="strong" onClick={() => void savePng()}>
          Save PNG
        </Button>
        <Button onClick={() => void copy()}>Copy image</Button>
        <Button onClick={() => saveFile(`${name}.svg`, cardSvg(shapes.current, alt))}>Save SVG</Button>
        <Button onClick={() => void copyAlt()}>Copy words</Button>
        <span className={form.quiet}>{said}</span>
      </div>
      <p className={form.quiet}>
        {CARD_WIDTH} × {CARD_HEIGHT} pixels, drawn on this machine in the theme of the page.
      </p>
      <Announce>{said}</Announce>
    </>
  )
}

/** A file's name: "3-miniscope-res-4k-262", "3-miniscope-res-4k-map". */
function nameOf(route: ReturnType<typeof useActions>['route']): string {
  if (!route) return 'featurescope'
  const what = route.view === 'feature' ? String(route.index) : route.view
  return `${route.source}-${what}`.replace(/[^\w.-]+/g, '-')
}

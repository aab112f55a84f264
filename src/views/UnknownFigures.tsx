// What an order or a filter needs of features beyond the text, and cannot have: why, and what would help.
import { browseRoute, formatRoute } from '../lib/route.ts'
import type { Figures } from '../store/figures-slice.ts'
import type { Known } from '../store/types.ts'
import { Button } from '../ui/Button.tsx'
import { ErrorPanel } from '../ui/ErrorPanel.tsx'
import css from './UnknownFigures.module.css'

interface UnknownFiguresProps {
  known: Known<Figures> | undefined
  used: { density: boolean; max: boolean }
  /** The source, and the text to come back to. */
  place: { model: string; source: string; text: string | undefined }
  onAgain(): void
}

export function UnknownFigures({ known, used, place, onAgain }: UnknownFiguresProps) {
  if (known === undefined || known === 'loading') return null
  if ('error' in known) {
    return (
      <ErrorPanel error={known.error}>
        <Button onClick={onAgain}>Try again</Button>
      </ErrorPanel>
    )
  }
  const figures = [...known.value.values()]
  const lacks = {
    density: figures.every(({ density }) => Number.isNaN(density)),
    max: figures.every(({ max }) => Number.isNaN(max)),
  }
  if (!(used.density && lacks.density) && !(used.max && lacks.max)) return null
  return (
    <p className={css.note}>
      How often and how strongly these features fire elsewhere is not known here: neither an index nor
      published figures of this source.{' '}
      <a href={formatRoute(browseRoute(place.model, place.source, place.text))}>
        An index can be made or opened
      </a>
      .
    </p>
  )
}

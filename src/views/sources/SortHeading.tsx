// A column's heading as a button: it sorts ascending, then descending, then gives the list its own order back.
import { useActions, useApp } from '../../store/hooks.ts'
import { nextSort, type SortColumn } from '../../store/source-sort.ts'
import css from './SortHeading.module.css'
import { COLUMN_NAMES } from './sort-names.ts'

interface SortHeadingProps {
  by: SortColumn
  /** Whether the column's text ends at its right edge. */
  toEnd: boolean
  className: string | undefined
}

export function SortHeading({ by, toEnd, className }: SortHeadingProps) {
  const sort = useApp((state) => state.sourceSort)
  const { setSourceSort } = useActions()
  const own = sort?.by === by ? sort : undefined
  const order = own && (own.descending ? 'descending' : 'ascending')
  return (
    <th scope="col" className={className} aria-sort={order ?? 'none'}>
      <button
        type="button"
        className={[css.button, toEnd && css.toEnd].filter(Boolean).join(' ')}
        onClick={() => setSourceSort(nextSort(sort, by))}
      >
        {COLUMN_NAMES[by]}
        <svg className={css.arrow} data-order={order} viewBox="0 0 10 6" aria-hidden="true">
          <path d="M1 5l4-4 4 4" />
        </svg>
      </button>
    </th>
  )
}

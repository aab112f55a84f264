// A column's heading as a button that sorts, with an arrow that says how it is sorted.
import css from './SortHeading.module.css'

interface SortHeadingProps {
  name: string
  /** Undefined where the list is sorted by something else. */
  order: 'ascending' | 'descending' | undefined
  /** Whether the column's text ends at its right edge. */
  toEnd: boolean
  className: string | undefined
  title?: string
  onSort(): void
}

export function SortHeading({ name, order, toEnd, className, title, onSort }: SortHeadingProps) {
  return (
    <th scope="col" className={className} aria-sort={order ?? 'none'} title={title}>
      <button
        type="button"
        className={[css.button, toEnd && css.toEnd].filter(Boolean).join(' ')}
        onClick={onSort}
      >
        {name}
        <svg className={css.arrow} data-order={order} viewBox="0 0 10 6" aria-hidden="true">
          <path d="M1 5l4-4 4 4" />
        </svg>
      </button>
    </th>
  )
}

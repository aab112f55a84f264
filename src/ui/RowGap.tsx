// Stands in a table for the rows that are out of sight and do not exist.
import css from './RowGap.module.css'

export function RowGap({ height }: { height: number }) {
  if (height <= 0) return null
  return (
    // biome-ignore lint/a11y/noAriaHiddenOnFocusable: there is nothing in it to focus.
    <tr aria-hidden="true">
      {/* One cell: spanning columns that a narrow page hides would make new ones. */}
      <td className={css.gap} style={{ height }} />
    </tr>
  )
}

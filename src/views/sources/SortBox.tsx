// Sorting where the table is too narrow to show every column's heading.
import { useActions, useApp } from '../../store/hooks.ts'
import { SORT_COLUMNS } from '../../store/source-sort.ts'
import { Button } from '../../ui/Button.tsx'
import { Picker } from '../../ui/Picker.tsx'
import css from './SortBox.module.css'
import { COLUMN_NAMES } from './sort-names.ts'

const CHOICES = [
  { value: '', text: 'Best first' },
  ...SORT_COLUMNS.map((by) => ({
    value: by,
    text: `By ${by === 'l0' ? 'L0' : COLUMN_NAMES[by].toLowerCase()}`,
  })),
]

export function SortBox() {
  const sort = useApp((state) => state.sourceSort)
  const { setSourceSort } = useActions()
  const choose = (value: string): void => {
    const by = SORT_COLUMNS.find((column) => column === value)
    setSourceSort(by && { by, descending: false })
  }
  return (
    <div className={css.box}>
      <Picker
        label="Sort"
        value={sort?.by ?? ''}
        groups={[{ choices: CHOICES }]}
        onChange={choose}
        align="end"
      />
      {sort && (
        <Button
          look="icon"
          aria-label="Descending"
          aria-pressed={sort.descending}
          title={sort.descending ? 'Descending: press to ascend' : 'Ascending: press to descend'}
          onClick={() => setSourceSort({ ...sort, descending: !sort.descending })}
        >
          <svg className={css.arrow} data-descending={sort.descending} viewBox="0 0 12 14" aria-hidden="true">
            <path d="M6 13V1M1.5 5.5L6 1l4.5 4.5" />
          </svg>
        </Button>
      )}
    </div>
  )
}

// What can be asked of the list: words, how dense, dead or not, labelled or not; and an order where headings hide.
import type { RefObject } from 'react'
import { BROWSE_SORTS, type BrowseQuery, EVERY_FEATURE, narrowsFeatures } from '../../lib/browse-query.ts'
import { formatNumber } from '../../lib/format.ts'
import type { BrowseFound } from '../../store/browse-slice.ts'
import { useActions } from '../../store/hooks.ts'
import { Button } from '../../ui/Button.tsx'
import { Picker } from '../../ui/Picker.tsx'
import { SearchField } from '../../ui/SearchField.tsx'
import { Segmented } from '../../ui/Segmented.tsx'
import css from './BrowseFilters.module.css'
import { COLUMN_NAMES } from './browse-sort.ts'
import { DensityRange } from './DensityRange.tsx'

const DEAD: readonly { value: BrowseQuery['dead']; text: string }[] = [
  { value: 'shown', text: 'All' },
  { value: 'hidden', text: 'Living' },
  { value: 'only', text: 'Dead' },
]
const ORDERS = BROWSE_SORTS.map((by) => ({ value: by, text: `By ${COLUMN_NAMES[by].toLowerCase()}` }))

interface BrowseFiltersProps {
  query: BrowseQuery
  found: BrowseFound | undefined
  /** Whether it is known how often features fire. */
  counted: boolean
  width: number
  focusFirst: RefObject<(() => void) | undefined>
}

export function BrowseFilters({ query, found, counted, width, focusFirst }: BrowseFiltersProps) {
  const { setBrowseQuery } = useActions()
  const onKey = (key: string): boolean => {
    if (key === 'Enter' || key === 'ArrowDown') focusFirst.current?.()
    else if (key === 'Escape' && query.text !== '') setBrowseQuery({ text: '' }, 'typing')
    else return false
    return true
  }
  const { sort, descending } = query
  return (
    <div className={css.filters}>
      <SearchField
        id="find-in-list"
        className={css.find}
        label="Search features"
        placeholder="words of labels, summaries and tokens"
        value={query.text}
        onChange={(text) => setBrowseQuery({ text }, 'typing')}
        onKey={onKey}
        aria-keyshortcuts="/"
      />
      {counted && (
        <>
          {/* Keys move a thumb many times in a row: no step of the history each. */}
          <DensityRange value={query.density} onChange={(density) => setBrowseQuery({ density }, 'typing')} />
          <Segmented
            label="Dead features"
            value={query.dead}
            choices={DEAD}
            onChange={(dead) => setBrowseQuery({ dead }, 'choice')}
          />
        </>
      )}
      <Button
        look="pill"
        className={css.labelled}
        aria-pressed={query.labelled}
        onClick={() => setBrowseQuery({ labelled: !query.labelled }, 'choice')}
      >
        Labelled
      </Button>
      <div className={css.order}>
        <Picker
          label="Order"
          value={sort}
          groups={[{ choices: ORDERS }]}
          onChange={(value) => {
            const by = BROWSE_SORTS.find((column) => column === value)
            if (by) setBrowseQuery({ sort: by, descending: by !== 'index' }, 'choice')
          }}
        />
        <Button
          look="icon"
          aria-label="Descending"
          aria-pressed={descending}
          title={descending ? 'Descending: press to ascend' : 'Ascending: press to descend'}
          onClick={() => setBrowseQuery({ descending: !descending }, 'choice')}
        >
          <svg className={css.arrow} data-descending={descending} viewBox="0 0 12 14" aria-hidden="true">
            <path d="M6 13V1M1.5 5.5L6 1l4.5 4.5" />
          </svg>
        </Button>
      </div>
      <p className={css.count}>
        {narrowsFeatures(query) && (
          <Button
            look="pill"
            onClick={() => setBrowseQuery({ ...EVERY_FEATURE, sort, descending }, 'choice')}
          >
            Clear
          </Button>
        )}
        <span role="status">{found && countOf(found, width)}</span>
      </p>
    </div>
  )
}

function countOf({ query, features }: BrowseFound, width: number): string {
  const count = formatNumber(features.length)
  return narrowsFeatures(query) ? `${count} found` : `${formatNumber(width)} features`
}

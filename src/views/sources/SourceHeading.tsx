// A heading of the list of sources: it sorts ascending, then descending, then gives the list its own order back.
import { useActions, useApp } from '../../store/hooks.ts'
import { nextSort, type SortColumn } from '../../store/source-sort.ts'
import { SortHeading } from '../../ui/SortHeading.tsx'
import { COLUMN_NAMES } from './sort-names.ts'

export function SourceHeading({ by, className }: { by: SortColumn; className: string | undefined }) {
  const sort = useApp((state) => state.sourceSort)
  const { setSourceSort } = useActions()
  const own = sort?.by === by ? sort : undefined
  return (
    <SortHeading
      name={COLUMN_NAMES[by]}
      order={own && (own.descending ? 'descending' : 'ascending')}
      toEnd={by !== 'source' && by !== 'site'}
      className={className}
      onSort={() => setSourceSort(nextSort(sort, by))}
    />
  )
}

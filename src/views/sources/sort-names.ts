// What the columns that sort the list of sources are called.
import type { SortColumn } from '../../store/source-sort.ts'

export const COLUMN_NAMES: Record<SortColumn, string> = {
  source: 'Source',
  layer: 'Layer',
  site: 'Site',
  width: 'Width',
  l0: 'L0',
  size: 'Size',
}

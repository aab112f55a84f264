// Where the cells of a heat map are: features are rows, tokens columns, both of one size all over.

export interface Cell {
  row: number
  column: number
}

export interface Grid {
  rows: number
  columns: number
  /** CSS pixels of one cell. */
  width: number
  height: number
}

/** The cell at a point, from the first cell's corner on; undefined outside. */
export function cellAt(x: number, y: number, { rows, columns, width, height }: Grid): Cell | undefined {
  const cell = { row: Math.floor(y / height), column: Math.floor(x / width) }
  return cell.row >= 0 && cell.row < rows && cell.column >= 0 && cell.column < columns ? cell : undefined
}

/** First cell in sight and the one after the last, of `count` of `size` pixels, `offset` pixels scrolled. */
export function inSight(offset: number, extent: number, size: number, count: number): [number, number] {
  const from = Math.max(0, Math.floor(offset / size))
  return [Math.min(from, count), Math.max(0, Math.min(count, Math.ceil((offset + extent) / size)))]
}

/** Where a key takes the cursor; undefined for keys that do not move it. `page`: columns in sight. */
export function movedCell(
  { row, column }: Cell,
  key: string,
  { rows, columns }: Pick<Grid, 'rows' | 'columns'>,
  page: number,
): Cell | undefined {
  const steps = new Map<string, Cell>([
    ['ArrowLeft', { row, column: column - 1 }],
    ['ArrowRight', { row, column: column + 1 }],
    ['ArrowUp', { row: row - 1, column }],
    ['ArrowDown', { row: row + 1, column }],
    ['Home', { row, column: 0 }],
    ['End', { row, column: columns - 1 }],
    ['PageUp', { row, column: column - page }],
    ['PageDown', { row, column: column + page }],
  ])
  const to = steps.get(key)
  return to && { row: within(to.row, rows), column: within(to.column, columns) }
}

function within(at: number, count: number): number {
  return Math.max(0, Math.min(count - 1, at))
}

/** The scroll offset that shows a stretch of `size` pixels, moved as little as that takes. */
export function scrolledTo(at: number, size: number, offset: number, extent: number): number {
  if (at < offset) return at
  return Math.max(offset, at + size - extent)
}

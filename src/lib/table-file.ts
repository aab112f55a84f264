// A table of results as a file: CSV for spreadsheets, JSON that says what it is. Written whole, or part by part.
import { csvText, shortFloat32 } from './export-features.ts'

export type TableFormat = 'csv' | 'json'

/** Numbers are float32 or whole; what is not known is undefined or NaN. */
export type Cell = string | number | undefined

export interface ResultTable {
  /** What it is a table of: model, source, the question, how figures were computed. */
  about: Readonly<Record<string, unknown>>
  columns: readonly string[]
  rows: readonly (readonly Cell[])[]
}

/** The parts of a file in their order: one beginning, any number of rows, one end. */
export interface TableWriter {
  start(): string
  rows(rows: readonly (readonly Cell[])[]): string
  end(): string
}

export function tableWriter(format: TableFormat, { about, columns }: Omit<ResultTable, 'rows'>): TableWriter {
  if (format === 'csv') {
    const line = (cells: readonly string[]): string => `${cells.join(',')}\r\n`
    return {
      start: () => line(columns),
      rows: (rows) => rows.map((row) => line(row.map(csvCell))).join(''),
      end: () => '',
    }
  }
  let before = '\n'
  const object = (row: readonly Cell[]): string => {
    const text = `${before}    {${columns.map((name, at) => `${JSON.stringify(name)}: ${jsonCell(row[at])}`).join(', ')}}`
    before = ',\n'
    return text
  }
  const head = JSON.stringify({ made_by: 'Featurescope', ...about }, undefined, 2).slice(0, -2)
  return {
    start: () => `${head},\n  "rows": [`,
    rows: (rows) => rows.map(object).join(''),
    end: () => `${before === '\n' ? '' : '\n  '}]\n}\n`,
  }
}

/** RFC 4180 with CR LF, or JSON with an object a row. */
export function tableFile(format: TableFormat, table: ResultTable): string {
  const writer = tableWriter(format, table)
  return writer.start() + writer.rows(table.rows) + writer.end()
}

function csvCell(cell: Cell): string {
  if (typeof cell === 'string') return cell === '' ? '' : csvText(cell.toWellFormed())
  return cell === undefined || !Number.isFinite(cell) ? '' : number(cell)
}

function jsonCell(cell: Cell): string {
  if (typeof cell === 'string') return JSON.stringify(cell)
  return cell === undefined || !Number.isFinite(cell) ? 'null' : number(cell)
}

function number(value: number): string {
  return Number.isInteger(value) ? String(value) : shortFloat32(value)
}

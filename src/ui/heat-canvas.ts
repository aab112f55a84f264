// Draws the part of a heat map that is in sight: cells, and the columns' names above them. A canvas, because a thousand
// tokens by fifty features are more cells than a document should hold.
import { type Cell, type Grid, inSight } from '../lib/heat-grid.ts'

export interface HeatPicture {
  grid: Grid
  /** [columns] */
  names: readonly string[]
  /** [rows · columns] opacity of each cell, row by row */
  levels: Float32Array
  /** CSS pixels that the names take above the cells, and what lies left of them. */
  head: number
  side: number
  /** CSS pixels scrolled, and in sight. */
  left: number
  top: number
  width: number
  height: number
  active: Cell | undefined
  lockedColumns: ReadonlySet<number>
}

/** Of the name above the lowest letter, so that it stands in the middle of its column. */
const BASELINE = 4
const FONT_SIZE = 11.5

export function drawHeat(canvas: HTMLCanvasElement, picture: HeatPicture): void {
  const context = canvas.getContext('2d')
  if (!context) return
  const { width, height, head, side } = picture
  const ratio = globalThis.devicePixelRatio || 1
  const [pixelsX, pixelsY] = [Math.round(width * ratio), Math.round(height * ratio)]
  if (canvas.width !== pixelsX) canvas.width = pixelsX
  if (canvas.height !== pixelsY) canvas.height = pixelsY
  context.setTransform(ratio, 0, 0, ratio, 0, 0)
  context.clearRect(0, 0, width, height)
  const colours = coloursOf(canvas)
  context.save()
  context.beginPath()
  context.rect(side, head, width - side, height - head)
  context.clip()
  drawCells(context, picture, colours)
  context.restore()
  context.save()
  context.beginPath()
  context.rect(side, 0, width - side, head)
  context.clip()
  drawNames(context, picture, colours)
  context.restore()
}

interface Colours {
  cell: string
  /** Lines between rows, quiet words, words and lines of what is looked at, what is locked. */
  line: string
  dim: string
  ink: string
  accent: string
  font: string
}

/** The theme's colours as the canvas's style sheet names them: custom properties alone are not computed. */
function coloursOf(canvas: HTMLCanvasElement): Colours {
  const style = getComputedStyle(canvas)
  return {
    ...{ cell: style.color, line: style.columnRuleColor, dim: style.textDecorationColor },
    ...{ ink: style.outlineColor, accent: style.caretColor, font: style.fontFamily },
  }
}

function drawCells(context: CanvasRenderingContext2D, picture: HeatPicture, colours: Colours): void {
  const { grid, levels, head, side, left, top, width, height, active, lockedColumns } = picture
  const [firstRow, lastRow] = inSight(top, height - head, grid.height, grid.rows)
  const [firstColumn, lastColumn] = inSight(left, width - side, grid.width, grid.columns)
  const x = (column: number): number => side + column * grid.width - left
  const y = (row: number): number => head + row * grid.height - top
  context.fillStyle = colours.line
  for (let row = firstRow; row < lastRow; row += 1) context.fillRect(side, y(row), width - side, 1)
  context.fillStyle = colours.cell
  for (let row = firstRow; row < lastRow; row += 1) {
    for (let column = firstColumn; column < lastColumn; column += 1) {
      const level = levels[row * grid.columns + column]
      if (!(level > 0)) continue
      context.globalAlpha = level
      context.fillRect(x(column) + 0.5, y(row) + 2, grid.width - 1, grid.height - 3)
    }
  }
  context.globalAlpha = 1
  for (const column of lockedColumns) outline(context, colours.accent, x(column), y(0), grid.width, grid.rows)
  if (!active) return
  context.globalAlpha = 0.07
  context.fillStyle = colours.ink
  context.fillRect(side, y(active.row), width - side, grid.height)
  context.fillRect(x(active.column), y(0), grid.width, grid.rows * grid.height)
  context.globalAlpha = 1
  outline(context, colours.ink, x(active.column), y(active.row), grid.width, 1)

  function outline(
    on: CanvasRenderingContext2D,
    colour: string,
    at: number,
    from: number,
    size: number,
    rows: number,
  ): void {
    on.strokeStyle = colour
    on.lineWidth = 1.5
    on.strokeRect(at + 0.25, from + 1, size - 0.5, rows * grid.height - 1.5)
  }
}

/** Read from below upwards, cut to the room there is. */
function drawNames(context: CanvasRenderingContext2D, picture: HeatPicture, colours: Colours): void {
  const { grid, names, head, side, left, width, active, lockedColumns } = picture
  const [first, last] = inSight(left, width - side, grid.width, grid.columns)
  context.textBaseline = 'alphabetic'
  for (let column = first; column < last; column += 1) {
    const isActive = column === active?.column
    const isLocked = lockedColumns.has(column)
    context.font = `${isActive || isLocked ? '600 ' : ''}${FONT_SIZE}px ${colours.font}`
    context.fillStyle = isLocked ? colours.accent : isActive ? colours.ink : colours.dim
    context.save()
    context.translate(side + (column + 0.5) * grid.width - left + BASELINE, head - 6)
    context.rotate(-Math.PI / 2)
    context.fillText(fitted(context, names[column], head - 12), 0, 0)
    context.restore()
  }
}

function fitted(context: CanvasRenderingContext2D, name: string, room: number): string {
  if (context.measureText(name).width <= room) return name
  const letters = [...name]
  while (letters.length > 1 && context.measureText(`${letters.join('')}…`).width > room) letters.pop()
  return `${letters.join('')}…`
}

// A plane of points seen through a window that can be moved and zoomed: where things are, and what lies inside.

/** Which part of the plane is in sight: pixels of one unit of the plane, and where its origin is in the window. */
export interface PlaneView {
  scale: number
  x: number
  y: number
}

export interface Size {
  width: number
  height: number
}

type Point = readonly [x: number, y: number]

/** Pixels left free around everything. */
const MARGIN = 14
/** How much closer than everything one can go. */
const CLOSEST = 200

/** Everything within −1 and 1, in the middle of the window. */
export function wholePlane({ width, height }: Size): PlaneView {
  const scale = Math.max(1, Math.min(width, height) / 2 - MARGIN)
  return { scale, x: width / 2, y: height / 2 }
}

/** Zooms by a factor about a pixel, which stays where it is; no farther than everything, no closer than `CLOSEST`. */
export function zoomed(view: PlaneView, factor: number, [px, py]: Point, size: Size): PlaneView {
  const whole = wholePlane(size).scale
  const scale = Math.min(whole * CLOSEST, Math.max(whole, view.scale * factor))
  const real = scale / view.scale
  return within({ scale, x: px + (view.x - px) * real, y: py + (view.y - py) * real }, size)
}

/** Moves by pixels; the square of all points never leaves the middle of the window. */
export function moved(view: PlaneView, dx: number, dy: number, size: Size): PlaneView {
  return within({ ...view, x: view.x + dx, y: view.y + dy }, size)
}

function within({ scale, x, y }: PlaneView, { width, height }: Size): PlaneView {
  const clamp = (at: number, middle: number): number => Math.min(middle + scale, Math.max(middle - scale, at))
  return { scale, x: clamp(x, width / 2), y: clamp(y, height / 2) }
}

/** The corners of the window as an outline in the plane. */
export function windowOutline({ scale, x, y }: PlaneView, { width, height }: Size): Point[] {
  const corners: Point[] = [
    [0, 0],
    [width, 0],
    [width, height],
    [0, height],
  ]
  return corners.map(([px, py]) => [(px - x) / scale, (py - y) / scale])
}

/** Numbers of the points, [points, 2] of x and y, that lie inside of a closed outline, by the even-odd rule. */
export function insideOutline(points: Float32Array, outline: readonly Point[]): number[] {
  const inside: number[] = []
  const xs = outline.map(([x]) => x)
  const ys = outline.map(([, y]) => y)
  const [left, right] = [Math.min(...xs), Math.max(...xs)]
  const [top, bottom] = [Math.min(...ys), Math.max(...ys)]
  for (let i = 0; 2 * i < points.length; i += 1) {
    const x = points[2 * i]
    const y = points[2 * i + 1]
    if (x < left || x > right || y < top || y > bottom) continue
    let odd = false
    for (let a = 0, b = outline.length - 1; a < outline.length; b = a, a += 1) {
      const [ax, ay] = outline[a]
      const [bx, by] = outline[b]
      if (ay > y !== by > y && x < ((bx - ax) * (y - ay)) / (by - ay) + ax) odd = !odd
    }
    if (odd) inside.push(i)
  }
  return inside
}

/** Number of the point nearest to a pixel, no farther than `reach` pixels; undefined where there is none. */
export function pointAt(
  points: Float32Array,
  { scale, x, y }: PlaneView,
  [px, py]: Point,
  reach: number,
): number | undefined {
  let found: number | undefined
  let least = (reach / scale) ** 2
  const [atX, atY] = [(px - x) / scale, (py - y) / scale]
  for (let i = 0; 2 * i < points.length; i += 1) {
    const squared = (points[2 * i] - atX) ** 2 + (points[2 * i + 1] - atY) ** 2
    if (squared <= least) {
      least = squared
      found = i
    }
  }
  return found
}

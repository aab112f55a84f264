// Lists taller than a browser can lay out (Firefox ends at 17.8 million pixels, Chromium at 33.5): the scrolled box is
// kept below that, and a place in it stands for a place in the list.

/** Tallest box. */
export const TALLEST = 8_000_000
/** At both ends of a box that is too short, a pixel is a pixel of the list. */
const EDGE = 1_000_000

/**
 * Small steps (wheel, arrow keys) move the list by as many pixels; long ones (the scroll bar's thumb) go to the place
 * in the list that the thumb stands for. `settle` brings the two together again when nothing moves.
 */
export class TallScroll {
  #height = 0
  #view = 0
  #place = 0
  #offset = 0

  /** Heights in pixels: of all rows, and of the part that is seen. */
  resize(height: number, view: number): void {
    this.#height = height
    this.#view = view
    this.goTo(this.#offset)
  }

  /** Height of the scrolled box. */
  get boxHeight(): number {
    return Math.min(this.#height, TALLEST)
  }

  /** First pixel of the list that is seen. */
  get offset(): number {
    return this.#offset
  }

  /** How far a row's place in the box is above its place in the list. */
  get shift(): number {
    return this.#offset - this.#place
  }

  /** The box was scrolled to `place`; gives the list's offset there. */
  moved(place: number): number {
    const step = place - this.#place
    this.#place = place
    const last = this.boxHeight - this.#view
    if (this.#height <= TALLEST || place <= 0 || place >= last - 0.5) this.#offset = this.#standsFor(place)
    else if (Math.abs(step) > this.#view) this.#offset = this.#standsFor(place)
    else this.#offset = this.#within(this.#offset + step)
    return this.#offset
  }

  /** Shows the list from `offset` on; gives the place that the box has to be scrolled to. */
  goTo(offset: number): number {
    this.#offset = this.#within(offset)
    this.#place = this.#placeOf(this.#offset)
    return this.#place
  }

  /** The box's place for what is seen; the same as it is where nothing has drifted. */
  settle(): number {
    return this.goTo(this.#offset)
  }

  #within(offset: number): number {
    return Math.max(0, Math.min(this.#height - this.#view, offset))
  }

  /** The middle of the box stands for the middle of the list, stretched. */
  get #stretch(): number {
    const edges = 2 * EDGE + this.#view
    return this.#height <= TALLEST ? 1 : (this.#height - edges) / (TALLEST - edges)
  }

  #standsFor(place: number): number {
    const last = this.boxHeight - this.#view
    if (place <= EDGE || this.#stretch === 1) return this.#within(place)
    if (place >= last - EDGE) return this.#within(this.#height - this.#view - (last - place))
    return EDGE + (place - EDGE) * this.#stretch
  }

  #placeOf(offset: number): number {
    const end = this.#height - this.#view - offset
    if (offset <= EDGE || this.#stretch === 1) return offset
    if (end <= EDGE) return this.boxHeight - this.#view - end
    return EDGE + (offset - EDGE) / this.#stretch
  }
}

// All features of a source as one list: any column's order, filters and words, answered with indices alone.
import type { BrowseQuery, BrowseSort } from '../lib/browse-query.ts'
import { argsort } from './argsort.ts'
import { SearchText } from './search-text.ts'

/** What is known of all features, in columns; NaN where it is not known of one, undefined where of none. */
export interface BrowseColumns {
  /** [dSae] counted tokens it fires on */
  count?: Int32Array
  /** [dSae] share of tokens it fires on, as published: for sources without an index */
  density?: Float32Array
  /** [dSae] highest activation */
  max?: Float32Array
  /** [dSae] Σ of its activations */
  sum?: Float64Array
  /** [dSae] skew of its logits */
  skew?: Float32Array
}

/** What is written about a feature. */
export interface FeatureTexts {
  label: string | undefined
  /** Summary, tokens, promoted tokens: whatever else a search should find. */
  others: Iterable<string>
}

type Column = Exclude<BrowseSort, 'index'>

export class FeatureList {
  readonly dSae: number
  readonly #columns: Partial<Record<Column, Float32Array>>
  readonly #labelled: Uint8Array
  readonly #search: SearchText
  readonly #orders = new Map<string, Uint32Array>()
  #lastSearch: { text: string; found: Uint8Array | undefined } = { text: '', found: undefined }

  /**
   * `countedTokens` are what `columns.count` is of; `texts` is asked once for every feature, in the order of their
   * indices.
   */
  constructor(
    columns: BrowseColumns,
    dSae: number,
    countedTokens: number,
    texts: (feature: number) => FeatureTexts,
  ) {
    this.dSae = dSae
    this.#columns = {
      density: columns.count ? ratio(columns.count, () => countedTokens) : columns.density,
      max: columns.max,
      mean: columns.sum && columns.count && ratio(columns.sum, at(columns.count)),
      skew: columns.skew,
    }
    const labelled = new Uint8Array(dSae)
    this.#labelled = labelled
    this.#search = new SearchText(dSae, function* (feature) {
      const { label, others } = texts(feature)
      if (label !== undefined) {
        labelled[feature] = 1
        yield label
      }
      yield* others
    })
  }

  /** A value of the list's columns; undefined where it is not known. */
  value(column: Column, feature: number): number | undefined {
    const value = this.#columns[column]?.[feature]
    return value === undefined || Number.isNaN(value) ? undefined : value
  }

  /** Features that the query leaves, in its order. Features of unknown density are in no range and never dead. */
  query(query: BrowseQuery): Uint32Array {
    const order = this.#order(query.sort, query.descending)
    const kept = this.#kept(query)
    if (!kept) return order.slice()
    const found = new Uint32Array(order.length)
    let count = 0
    // Written whether it is kept or not: half of the branches would be guessed wrong.
    for (let place = 0; place < order.length; place += 1) {
      const feature = order[place]
      found[count] = feature
      count += kept[feature]
    }
    return found.slice(0, count)
  }

  /** [dSae] 1 where a feature stays; undefined where all do. One thing after another, each over its own column. */
  #kept({ text, density: range, dead, labelled }: BrowseQuery): Uint8Array | undefined {
    const words = this.#found(text)
    if (!words && !range && dead === 'shown' && !labelled) return undefined
    const kept = words ? words.slice() : new Uint8Array(this.dSae).fill(1)
    if (labelled)
      for (let feature = 0; feature < kept.length; feature += 1) kept[feature] &= this.#labelled[feature]
    const { density } = this.#columns
    if (!density) return range || dead === 'only' ? kept.fill(0) : kept
    // Columns are float32: an end that one of them prints must hold it.
    if (range) keepInside(kept, density, Math.fround(range[0]), Math.fround(range[1]))
    if (dead !== 'shown') keepDead(kept, density, dead === 'only')
    return kept
  }

  /** Lines of a search, kept until the words change: sorting and filtering do not search again. */
  #found(text: string): Uint8Array | undefined {
    if (this.#lastSearch.text !== text) this.#lastSearch = { text, found: this.#search.matches(text) }
    return this.#lastSearch.found
  }

  /** [dSae] all features in a column's order; those it knows nothing of come last. */
  #order(sort: BrowseSort, descending: boolean): Uint32Array {
    const column = sort === 'index' ? undefined : this.#columns[sort]
    // A column that is not there orders nothing, in either direction.
    const backwards = descending && (sort === 'index' || column !== undefined)
    const key = column ? `${sort} ${backwards}` : `index ${backwards}`
    const known = this.#orders.get(key)
    if (known) return known
    const order = column ? argsort(column, backwards) : indices(this.dSae, backwards)
    this.#orders.set(key, order)
    return order
  }
}

function indices(count: number, backwards: boolean): Uint32Array {
  const order = new Uint32Array(count)
  for (let place = 0; place < count; place += 1) order[place] = backwards ? count - 1 - place : place
  return order
}

function keepInside(kept: Uint8Array, density: Float32Array, low: number, high: number): void {
  for (let feature = 0; feature < kept.length; feature += 1) {
    const share = density[feature]
    kept[feature] &= Number(share >= low && share <= high)
  }
}

/** Those that never fire, or all others. */
function keepDead(kept: Uint8Array, density: Float32Array, dead: boolean): void {
  for (let feature = 0; feature < kept.length; feature += 1) {
    kept[feature] &= Number((density[feature] === 0) === dead)
  }
}

function at(values: Int32Array): (row: number) => number {
  return (row) => values[row]
}

/** [rows] values over a divisor each; NaN where that is 0. */
function ratio(values: Int32Array | Float64Array, divisor: (row: number) => number): Float32Array {
  const result = new Float32Array(values.length)
  for (let row = 0; row < values.length; row += 1) {
    const by = divisor(row)
    result[row] = by > 0 ? values[row] / by : Number.NaN
  }
  return result
}

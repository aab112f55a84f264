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
    const keep = this.#keep(query)
    if (!keep) return order.slice()
    const found = new Uint32Array(order.length)
    let count = 0
    for (let place = 0; place < order.length; place += 1) {
      const feature = order[place]
      if (!keep(feature)) continue
      found[count] = feature
      count += 1
    }
    return found.slice(0, count)
  }

  /** Whether a feature stays; undefined where all do. */
  #keep({ text, density: range, dead, labelled }: BrowseQuery): ((feature: number) => boolean) | undefined {
    const words = this.#found(text)
    const { density } = this.#columns
    const own = this.#labelled
    if (!words && !range && dead === 'shown' && !labelled) return undefined
    // Columns are float32: an end that one of them prints must hold it.
    const [low, high] = range ? range.map(Math.fround) : [0, 1]
    return (feature) => {
      if (words && words[feature] === 0) return false
      if (labelled && own[feature] === 0) return false
      if (!range && dead === 'shown') return true
      const share = density ? density[feature] : Number.NaN
      if (range && !(share >= low && share <= high)) return false
      return dead === 'shown' || (dead === 'only') === (share === 0)
    }
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

// Made-up lists of features: figures spread as real ones are, and what is written about each, in several scripts.
import type { BrowseColumns } from '../../src/activation-index/browse.ts'
import { seededRandom } from '../../tests/support/random.ts'

export const COUNTED = 1_000_000
/** Of the density that is filtered by. */
export const RANGE: [number, number] = [0.001, 0.01]

const LATIN =
  'the of and to in that was his with which ship captain river market journey letter harbour winter silver garden'
const OTHERS = 'код река письмо зимний корабль 東京 銀行 東京の海 船長 مدينة سفينة café über naïve español'
const VOCABULARY = [LATIN, OTHERS].map((words) => words.split(' '))
/** One word in so many is not Latin. */
const RARE = 12

export interface MadeList {
  columns: Required<Omit<BrowseColumns, 'density'>>
  /** [dSae] what is written about each feature, as an index's summary and tokens are. */
  texts: string[]
}

/** A list of `dSae` features; one in fifty is dead. */
export function madeList(dSae: number): MadeList {
  const random = seededRandom(31)
  const count = new Int32Array(dSae)
  const [max, skew] = [new Float32Array(dSae), new Float32Array(dSae)]
  const sum = new Float64Array(dSae)
  const texts: string[] = []
  const word = (): string => {
    const words = VOCABULARY[random() < 1 / RARE ? 1 : 0]
    const piece = words[Math.floor(words.length * random() ** 2)]
    return random() < 0.3 ? `${piece}${Math.floor(5000 * random())}` : piece
  }
  for (let feature = 0; feature < dSae; feature += 1) {
    const dead = random() < 0.02
    count[feature] = dead ? 0 : 1 + Math.floor(COUNTED * 0.2 * random() ** 8)
    max[feature] = dead ? 0 : 1 + 80 * random() ** 3
    sum[feature] = (count[feature] * max[feature]) / (2 + 3 * random())
    skew[feature] = 8 * random() ** 4 - 0.5
    texts.push(
      `fires on “ ${word()}” (${Math.floor(100 * random())}%), before “ ${word()}”; promotes “ ${word()}” ` +
        Array.from({ length: 8 }, word).join(' '),
    )
  }
  return { columns: { count, max, sum, skew }, texts }
}

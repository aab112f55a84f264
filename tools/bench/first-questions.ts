// The first sort and the first filter of a process, beside Array's own first ones: nothing of either is compiled yet, as
// in the worker of a page that was just opened. A program of its own: `browse.ts` starts it, with the width.
import { FeatureList } from '../../src/activation-index/browse.ts'
import { EVERY_FEATURE } from '../../src/lib/browse-query.ts'
import { COUNTED, madeList, RANGE } from './browse-lists.ts'

/** Milliseconds of ours and of Array's, of processor time. */
export type FirstQuestions = Record<'sort' | 'filter', [ours: number, plain: number]>

const dSae = Number(process.argv[2])
const { columns, texts } = madeList(dSae)
const { count, max } = columns
const others = (feature: number) => ({ label: undefined, others: [texts[feature]] })
const list = new FeatureList(columns, dSae, COUNTED, others)
// What a page asks first.
list.query(EVERY_FEATURE)
const density = Float32Array.from(count, (times) => times / COUNTED)
const all = Array.from({ length: dSae }, (_, feature) => feature)
const [low, high] = RANGE.map(Math.fround)

/** Of processor time, compiling included: by the clock, so short a while says more of what else the machine does. */
function timed(run: () => ArrayLike<number>): number {
  const before = process.cpuUsage()
  run()
  const { user, system } = process.cpuUsage(before)
  return (user + system) / 1000
}

const found: FirstQuestions = {
  sort: [
    timed(() => list.query({ ...EVERY_FEATURE, sort: 'max', descending: true })),
    timed(() => [...all].sort((a, b) => max[b] - max[a] || a - b)),
  ],
  filter: [
    timed(() => list.query({ ...EVERY_FEATURE, density: RANGE, dead: 'hidden' })),
    timed(() =>
      all.filter((feature) => density[feature] >= low && density[feature] <= high && count[feature] > 0),
    ),
  ],
}
process.stdout.write(JSON.stringify(found))

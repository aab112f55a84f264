// Parts of imported dashboards, put together.
import { expect, test } from 'vitest'
import { mergeDashboards } from '../../src/lib/imported.ts'

test('a text that comes twice is kept once, as it came last; texts that only look alike are both kept', () => {
  const text = (tokens: string[], values: number[], group?: string) => ({ tokens, values, group })
  const dashboard = (...examples: ReturnType<typeof text>[]) => ({
    ...{ origin: 'Neuronpedia' as const, density: undefined, max: undefined, corpus: undefined },
    ...{ activations: undefined, logits: undefined, promoted: [], suppressed: [], examples },
  })
  const parts = [
    dashboard(text(['a', 'b', 'c'], [0, 5, 1]), text(['a', 'b', 'd'], [0, 5, 1]), text(['a', 'b'], [0, 2])),
    dashboard(text(['a', 'b', 'c'], [0, 5, 0]), text(['a', 'b', 'c'], [0, 5, 1], 'again')),
  ]
  expect(mergeDashboards(parts).examples).toEqual([
    text(['a', 'b', 'c'], [0, 5, 1], 'again'),
    text(['a', 'b', 'd'], [0, 5, 1]),
    text(['a', 'b', 'c'], [0, 5, 0]),
    text(['a', 'b'], [0, 2]),
  ])
})

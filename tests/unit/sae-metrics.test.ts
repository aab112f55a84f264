import { expect, test } from 'vitest'
import { fractionOfVarianceUnexplained } from '../../src/sae/metrics.ts'

// Rows 1 to 3 are counted; their mean is (2, 3) and Σ‖y − mean‖² = (1 + 4) + (0 + 1) + (1 + 1) = 8.
const y = Float32Array.of(900, -900, 1, 1, 2, 4, 3, 4)

test('FVU leaves the first row out, of the error and of the mean', () => {
  const yHat = Float32Array.of(0, 0, 1, 2, 2, 4, 5, 4)
  // errors: 1² in row 1, 2² in row 3; the first row's are not counted
  expect(fractionOfVarianceUnexplained(y, yHat, 4, 2)).toBeCloseTo(5 / 8, 12)
})

test('a perfect reconstruction leaves nothing unexplained, the mean everything', () => {
  expect(fractionOfVarianceUnexplained(y, y, 4, 2)).toBe(0)
  const mean = Float32Array.of(0, 0, 2, 3, 2, 3, 2, 3)
  expect(fractionOfVarianceUnexplained(y, mean, 4, 2)).toBeCloseTo(1, 12)
})

test('FVU of fewer than two counted rows is no number', () => {
  expect(fractionOfVarianceUnexplained(y.slice(0, 4), y.slice(0, 4), 2, 2)).toBeNaN()
  expect(fractionOfVarianceUnexplained(new Float32Array(0), new Float32Array(0), 0, 2)).toBeNaN()
})

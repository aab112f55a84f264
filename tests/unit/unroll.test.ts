import { expect, test } from 'vitest'
import { unroll } from '../../src/gpu/unroll.ts'

test('a block is written out as often as its constant says, with the counter in place', () => {
  expect(unroll('#repeat t TOKENS\nvar sum{t} = x[{t}u];\n#end\nend', { TOKENS: 2 })).toBe(
    'var sum0 = x[0u];\nvar sum1 = x[1u];\nend',
  )
})

test('blocks nest, and counts may be plain numbers', () => {
  const text = '#repeat c COLUMNS\n  #repeat i 2\n  w{i}_{c}\n  #end\nat{c}\n#end'
  expect(unroll(text, { COLUMNS: 2 })).toBe('  w0_0\n  w1_0\nat0\n  w0_1\n  w1_1\nat1')
})

test('constants elsewhere become unsigned numbers, other capitals stay', () => {
  expect(unroll('let a = TOKENS * OTHER + MY_TOKENS;', { TOKENS: 8 })).toBe('let a = 8u * OTHER + MY_TOKENS;')
})

test('comments stay as they are', () => {
  expect(unroll('// TOKENS rows\nTOKENS', { TOKENS: 8 })).toBe('// TOKENS rows\n8u')
})

test.each([
  ['a block that is not closed', '#repeat t 2\nx', /Line 1: #repeat without #end/],
  ['an end without a block', 'x\n#end', /Line 2: #end without #repeat/],
  ['a count nobody knows', 'x\n#repeat t TOKENS\n#end', /Line 2: "TOKENS" is no number/],
])('%s is an error with its line', (_, text, message) => {
  expect(() => unroll(text, {})).toThrow(message)
})

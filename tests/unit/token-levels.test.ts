// A token's level as one of a hundred classes: the nearest one, and readable text on each.
import { expect, test } from 'vitest'
import { STRONG } from '../../src/lib/heat.ts'
import { levelRules, levelStep } from '../../src/ui/token-levels.ts'

test('a level has the class nearest to it', () => {
  for (let at = 0; at <= 1000; at += 1) {
    if (at > 0 && at < 5) continue
    expect(Math.abs(levelStep(at / 1000) - at / 10), `of ${at / 1000}`).toBeLessThanOrEqual(0.5 + 1e-9)
  }
})

test('only what is not active has no colour', () => {
  expect(levelStep(0)).toBe(0)
  expect(levelStep(1e-6)).toBe(1)
  expect(levelStep(1)).toBe(100)
})

test('every class has a rule with its level, and the text that is readable on it', () => {
  const rules = [
    ...levelRules().matchAll(/^\.token-level-(\d+)\{--level:(\d+)%;color:var\(--on-(\w+)\)\}$/gm),
  ]
  expect(rules.map(([, step]) => Number(step))).toEqual(Array.from({ length: 100 }, (_, at) => at + 1))
  for (const [, step, level, text] of rules) {
    expect(level).toBe(step)
    expect(text, `at ${level} %`).toBe(Number(level) / 100 > STRONG ? 'strong' : 'lit')
  }
})

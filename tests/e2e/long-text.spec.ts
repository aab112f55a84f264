// The colours of a text that is longer than the window: whatever comes into sight has the colour of what is looked at.
import { readFileSync } from 'node:fs'
import type { Page } from '@playwright/test'
import { heat } from '../../src/lib/heat.ts'
import { expect, parts, settled, test } from './page.ts'

/** So few tokens that the bundled model reads them in one piece, so many that they are not all coloured at once. */
const TOKENS = 240
/** Windows with room for a part of the text, and for all of it and more. */
const LOW = { width: 560, height: 320 }
const TALL = { width: 560, height: 2400 }

/** A text of about so many tokens, and each token's colour, in percent, by a feature that is active on many of them. */
async function longText(page: Page): Promise<{ text: string; feature: number; levels: number[] }> {
  const [line] = readFileSync('public/corpus/public-domain.jsonl', 'utf8').split('\n')
  const corpus: { text: string } = JSON.parse(line)
  const { text, rows } = await page.evaluate(
    async ([words, tokens]) => {
      const { ids } = await window.featurescope.tokenize(words)
      const text = words.slice(0, Math.floor((words.length * tokens) / ids.length))
      const { features } = await window.featurescope.run(text)
      const { rowPtr, indices, values } = features
      const rows = Array.from({ length: features.rows }, (_, row) =>
        Array.from({ length: rowPtr[row + 1] - rowPtr[row] }, (_, at): [number, number] => [
          indices[rowPtr[row] + at],
          values[rowPtr[row] + at],
        ]),
      )
      return { text, rows }
    },
    [corpus.text.slice(0, 2000), TOKENS] as const,
  )
  // Without the first token, as in the page's lists.
  rows[0] = []
  const counts = new Map<number, number>()
  for (const [feature] of rows.flat()) counts.set(feature, (counts.get(feature) ?? 0) + 1)
  const [feature] = [...counts].reduce((a, b) => (b[1] > a[1] ? b : a))
  const values = rows.map((row) => row.find(([index]) => index === feature)?.[1] ?? 0)
  const max = Math.max(...values)
  return { text, feature, levels: values.map((value) => 100 * heat(value, max)) }
}

/** How many of the tokens have another colour than theirs; of those in the window, or of all. */
function wrong(page: Page, levels: readonly number[], all = false): Promise<number> {
  return page.evaluate(
    ([wanted, everywhere]) =>
      [...document.querySelectorAll('[aria-label="Tokens"] [data-at]')].filter((token, at) => {
        const { bottom, top } = token.getBoundingClientRect()
        if (!everywhere && (bottom < 0 || top > innerHeight)) return false
        const level = Number.parseFloat(getComputedStyle(token).getPropertyValue('--level'))
        return !(Math.abs(level - wanted[at]) < 0.51)
      }).length,
    [levels, all] as const,
  )
}

test('a locked feature colours the tokens in the window, those that come into it, and those that are printed', async ({
  page,
}) => {
  await page.setViewportSize(LOW)
  await page.goto('./')
  await settled(page)
  const { text, feature, levels } = await longText(page)
  await parts(page).text.fill(text)
  await parts(page).run.click()
  const tokens = parts(page).tokens.getByRole('button')
  await expect(tokens).toHaveCount(levels.length)
  await settled(page)
  await page.getByRole('radio', { name: 'Count', exact: true }).click()
  // Over the bar at the top: nothing below is pointed at by chance.
  await page.mouse.move(1, 1)
  await tokens.first().scrollIntoViewIfNeeded()
  expect(await wrong(page, levels, true)).toBeGreaterThan(0)

  const lock = page.getByRole('button', { name: `Lock feature ${feature}`, exact: true })
  const lockIt = async (): Promise<void> => {
    await lock.press('Enter')
    await expect(lock).toHaveAttribute('aria-pressed', 'true')
    // Tokens far from the list of features, where the window is now, wait.
    expect(await wrong(page, levels, true)).toBeGreaterThan(0)
  }
  /** All tokens have another colour again. */
  const unlockIt = async (): Promise<void> => {
    await page.setViewportSize(TALL)
    await page.keyboard.press('Escape')
    await expect(lock).toHaveAttribute('aria-pressed', 'false')
    // What has the focus is looked at as well.
    await lock.blur()
    await expect.poll(() => wrong(page, levels)).toBeGreaterThan(levels.length / 2)
    await page.setViewportSize(LOW)
  }
  await lockIt()
  for (const token of [tokens.first(), tokens.last(), tokens.nth(levels.length >> 1)]) {
    await token.scrollIntoViewIfNeeded()
    await expect.poll(() => wrong(page, levels)).toBe(0)
  }
  await unlockIt()
  await lockIt()
  await page.setViewportSize(TALL)
  await expect.poll(() => wrong(page, levels)).toBe(0)
  await unlockIt()
  await lockIt()
  await page.pdf()
  expect(await wrong(page, levels, true)).toBe(0)
})

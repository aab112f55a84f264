// The main job through the accessibility tree, as docs/access.md says that it is heard. The words are read from there.
import { readFileSync } from 'node:fs'
import type { Page } from '@playwright/test'
import { expect, parts, settled, test } from './page.ts'

interface Step {
  title: string
  /** Parts of the tree, each in Playwright's form of it. */
  trees: string[]
  said: string[]
  /** What is read after a control's name. */
  described: string[]
}

const steps: Step[] = readFileSync('docs/access.md', 'utf8')
  .split(/^### /m)
  .slice(1)
  .map((section) => {
    const [step] = section.split(/^## /m)
    const quoted = (before: string): string[] =>
      [...step.matchAll(new RegExp(`^${before}: “(.+)”$`, 'gm'))].map(([, words]) => words)
    const trees = [...step.matchAll(/^```yaml\n(.*?)^```$/gms)].flatMap(([, tree]) => tree.split(/^(?=- )/m))
    return {
      title: step.split('\n')[0],
      trees,
      said: quoted('Said unasked'),
      described: quoted('Read with the name'),
    }
  })

/** How each step is done, by keyboard. */
const ACTIONS: ((page: Page) => Promise<void>)[] = [
  async (page) => {
    await page.goto('./')
    await settled(page)
    await expect(page).toHaveTitle('3-miniscope-res-4k · Featurescope')
  },
  async (page) => {
    await parts(page).text.fill('The ship sailed from Boston in 1850.')
    await page.keyboard.press('Control+Enter')
  },
  async (page) => {
    await parts(page).token(0).focus()
    for (let at = 0; at < 2; at++) await page.keyboard.press('ArrowRight')
    await expect(parts(page).token(2)).toBeFocused()
  },
  (page) => page.keyboard.press('Enter'),
  async (page) => {
    await parts(page).featureLinks.first().focus()
    await page.keyboard.press('Enter')
  },
  async (page) => {
    await page.getByRole('link', { name: 'All features of this source' }).focus()
    await page.keyboard.press('Enter')
    await page.getByRole('searchbox', { name: 'Search features' }).fill('whale')
  },
  async (page) => {
    await page.context().grantPermissions(['clipboard-read', 'clipboard-write'])
    await parts(page).copyLink.focus()
    await page.keyboard.press('Enter')
  },
]

/** Levels of the headings in their order. */
function levels(page: Page): Promise<number[]> {
  return page
    .getByRole('heading')
    .evaluateAll((headings) => headings.map(({ tagName }) => Number(tagName.slice(1))))
}

test('the main job is heard as docs/access.md says', async ({ page }) => {
  expect(steps).toHaveLength(ACTIONS.length)
  for (const [at, { title, trees, said, described }] of steps.entries()) {
    await test.step(title, async () => {
      await ACTIONS[at](page)
      for (const words of said) {
        const live = page.locator('[aria-live="polite"], [role="status"]')
        await expect(live.filter({ hasText: words })).not.toHaveCount(0)
      }
      for (const words of described) {
        await expect(page.locator(':focus')).toHaveAccessibleDescription(new RegExp(words))
      }
      for (const tree of trees) await expect(page.locator('body')).toMatchAriaSnapshot(tree)
      // One heading tells the page, and none skips a level.
      const found = await levels(page)
      expect(found.filter((level) => level === 1)).toHaveLength(1)
      expect(found.filter((level, i) => i > 0 && level > found[i - 1] + 1)).toEqual([])
    })
  }
})

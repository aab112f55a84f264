// The page at 200 % zoom, in the browser's own colours, and without motion. What is promised is in docs/access.md.
import type { Page } from '@playwright/test'
import { expect, parts, settled, test } from './page.ts'

const PLACE = './#/gemma-2-mini/3-miniscope-res-4k'
const TEXT = 'text=The%20whale%20swam%20away'

/** Every view, and what is there once it is whole. */
const VIEWS: [name: string, address: string, whole: (page: Page) => Promise<void>][] = [
  ['explore', `${PLACE}?${TEXT}`, (page) => settled(page)],
  ['heat map', `${PLACE}?show=heat&${TEXT}`, (page) => expect(page.getByRole('application')).toBeVisible()],
  ['feature', `${PLACE}/12?${TEXT}`, (page) => visible(page, 'region', 'Examples')],
  ['all features', `${PLACE}?view=browse`, (page) => visible(page, 'grid', 'Features')],
  ['map', `${PLACE}?view=map`, (page) => visible(page, 'heading', '3-miniscope-res-4k')],
  ['about the source', `${PLACE}?view=source`, (page) => visible(page, 'region', 'Activation index')],
  ['list', `${PLACE}?view=list&name=Some&features=1,2,3`, (page) => visible(page, 'heading', 'Some')],
  ['two texts', `${PLACE}?view=compare&${TEXT}&with=A%20ship`, (page) => visible(page, 'table', 'In both')],
  ['layers', `${PLACE}?view=layers&${TEXT}`, (page) => visible(page, 'list', 'Layers')],
  ['sources', './#/sources', (page) => visible(page, 'grid', 'Sources')],
  ['storage', './#/storage', (page) => visible(page, 'heading', 'Storage')],
  ['check', './#/verify', (page) => visible(page, 'button', 'Check')],
]

type Role = Parameters<Page['getByRole']>[0]

async function visible(page: Page, role: Role, name: string): Promise<void> {
  await expect(page.getByRole(role, { name, exact: true })).toBeVisible()
}

/** Controls that no scrolling brings whole into the window, or whose own words are cut without a sign of it. */
function outOfReach(): string[] {
  const found: string[] = []
  for (const element of document.querySelectorAll<HTMLElement>('button, a[href], input, select, textarea')) {
    if (!element.checkVisibility({ visibilityProperty: true, opacityProperty: true })) continue
    // What a control stands in for, as a file's, is there for screen readers alone.
    if (element.getBoundingClientRect().width <= 1) continue
    element.scrollIntoView({ block: 'center', inline: 'center' })
    const box = element.getBoundingClientRect()
    const name = `${element.tagName} ${(element.getAttribute('aria-label') ?? element.textContent ?? '').trim().slice(0, 40)}`
    if (box.left < -1 || box.right > document.documentElement.clientWidth + 1) found.push(`outside: ${name}`)
    const style = getComputedStyle(element)
    const clips = style.overflowX === 'hidden' || style.overflowX === 'clip'
    if (clips && element.scrollWidth > element.clientWidth + 1 && style.textOverflow !== 'ellipsis')
      found.push(`cut: ${name}`)
  }
  return found
}

function insideWindow(element: Element): boolean {
  const { left, top, right, bottom } = element.getBoundingClientRect()
  return left >= 0 && top >= 0 && right <= innerWidth && bottom <= innerHeight
}

test('at 200 % of a window of 1280 × 900 no page scrolls sideways, and every control can be reached', async ({
  page,
}) => {
  await page.setViewportSize({ width: 640, height: 450 })
  for (const [name, address, whole] of VIEWS) {
    await test.step(name, async () => {
      await page.goto(address)
      await whole(page)
      const sideways = (): Promise<number> =>
        page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth)
      await expect.poll(sideways).toBe(0)
      expect(await page.evaluate(outOfReach)).toEqual([])
    })
  }
  await page.goto(`${PLACE}?${TEXT}`)
  await settled(page)
  for (const opener of [
    parts(page).source,
    parts(page).backend.getByRole('button'),
    page.getByRole('button', { name: 'Keys' }),
  ]) {
    await opener.click()
    const pane = page.locator('dialog[open], [role=dialog]:visible, [role=listbox]:visible')
    await expect(pane).toHaveCount(1)
    // They stay where they are while the page scrolls.
    await expect.poll(() => pane.evaluate(insideWindow)).toBe(true)
    await page.keyboard.press('Escape')
    await expect(pane).toHaveCount(0)
  }
})

test('in the browser’s own colours a token’s strength is a line, and what is chosen has one around it', async ({
  page,
}) => {
  await page.emulateMedia({ forcedColors: 'active', reducedMotion: 'reduce' })
  await page.goto(`${PLACE}?${TEXT}`)
  await settled(page)
  const thickness = (position: number): Promise<number> =>
    parts(page)
      .token(position)
      .evaluate(
        (token) =>
          Number.parseFloat(getComputedStyle(token).getPropertyValue('text-decoration-thickness')) || 0,
      )
  // “ whale” holds the most of this text, “The” the least.
  await expect.poll(() => thickness(2)).toBeGreaterThan(3)
  expect(await thickness(1)).toBeLessThan(await thickness(2))
  expect(await thickness(0)).toBe(0)
  const outline = (name: string): Promise<string> =>
    page.getByRole('radio', { name, exact: true }).evaluate((choice) => getComputedStyle(choice).outlineStyle)
  expect([await outline('Max'), await outline('Sum')]).toEqual(['solid', 'none'])
  const underlined = (name: string): Promise<boolean> =>
    page.getByRole('link', { name, exact: true }).evaluate((tab) => {
      const probe = document.createElement('i')
      probe.style.color = 'Canvas'
      document.body.append(probe)
      const canvas = getComputedStyle(probe).color
      probe.remove()
      return getComputedStyle(tab).borderBottomColor !== canvas
    })
  expect([await underlined('Features'), await underlined('Compare')]).toEqual([true, false])
})

test('where less motion is wanted nothing moves, on any page', async ({ page }) => {
  await page.emulateMedia({ reducedMotion: 'reduce' })
  // Whatever moves from here on is noted; filters and colours that change in place are no motion.
  await page.addInitScript(() => {
    const moved = new Set<string>()
    Reflect.set(window, 'moved', moved)
    const note = (event: Event): void => {
      const [animation] = event.target instanceof Element ? event.target.getAnimations() : []
      const what = event instanceof TransitionEvent ? event.propertyName : 'animation'
      if (animation && /transform|translate|scale|rotate|left|top|width|height|inset|animation/.test(what))
        moved.add(what)
    }
    for (const type of ['transitionrun', 'animationstart']) addEventListener(type, note, true)
    const { scrollIntoView } = Element.prototype
    Element.prototype.scrollIntoView = function (how) {
      if (typeof how === 'object' && how.behavior === 'smooth') moved.add('scroll')
      return scrollIntoView.call(this, how)
    }
  })
  for (const [name, address, whole] of VIEWS) {
    await test.step(name, async () => {
      await page.goto(address)
      await whole(page)
    })
  }
  await page.goto(`${PLACE}/12`)
  await page
    .getByRole('button', { name: /^Example, activation/ })
    .first()
    .click()
  await settledOn(page)
  expect(await page.evaluate(() => [...Reflect.get(window, 'moved')])).toEqual([])
})

/** Waits until the example's text has run on the feature's page. */
async function settledOn(page: Page): Promise<void> {
  await expect(page.getByRole('heading', { level: 2, name: /^(Fires|Does not fire) on/ })).toBeVisible()
  await expect(page.getByRole('progressbar')).toHaveCount(0)
}

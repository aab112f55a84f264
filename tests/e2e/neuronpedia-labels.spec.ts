// Labels from Neuronpedia for the features in sight: off until turned on, asked one at a time, kept, and left alone
// when the host fails. A source with Gemma Scope's name and number of features, but a narrow one, from a hub on
// localhost; Neuronpedia on localhost as well, which is asked ten times as often as the public one.
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { expect, type Locator, type Page, test } from '@playwright/test'
import type { AxeResults } from 'axe-core'
import { startFakeHub } from '../support/fake-hub.ts'
import { type FakeNeuronpedia, startFakeNeuronpedia } from '../support/fake-neuronpedia.ts'
import { parts } from './page.ts'

const PLACE = 'gemma-2-2b/7-gemmascope-res-16k'

const heading = (page: Page): Locator => page.getByRole('heading', { level: 1 })
const offer = (page: Page): Locator => page.getByRole('region', { name: 'Labels from Neuronpedia' })

/** The row of a feature in the list of all. */
const row = (page: Page, feature: number): Locator =>
  page.getByRole('grid', { name: 'Features' }).locator(`[data-index="${feature}"]`)

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')

/** Gives a page a hub and a Neuronpedia on localhost, and what else is kept, and stops both after `work`. */
async function withHosts(
  page: Page,
  kept: Record<string, string>,
  work: (neuronpedia: FakeNeuronpedia) => Promise<void>,
): Promise<void> {
  const hub = await startFakeHub()
  const neuronpedia = await startFakeNeuronpedia()
  try {
    await page.addInitScript(
      (all) => {
        for (const [name, value] of Object.entries(all)) localStorage.setItem(`featurescope.${name}`, value)
      },
      { ...kept, hub: JSON.stringify({ endpoint: hub.origin }), neuronpedia: neuronpedia.origin },
    )
    await work(neuronpedia)
  } finally {
    neuronpedia.close()
    hub.close()
  }
}

/** Opens the page of a feature, with the source's download that it asks for. */
async function openFeature(page: Page, feature: number): Promise<void> {
  await page.goto(`./#/${PLACE}/${feature}`)
  await page.getByRole('button', { name: 'Download 302.1 MB' }).click()
  await expect(offer(page).getByRole('checkbox')).toBeVisible({ timeout: 180_000 })
}

test('labels of what is in sight are fetched once that is on, kept, and no longer asked for when it fails', async ({
  page,
}) => {
  test.setTimeout(300_000)
  await withHosts(page, {}, async (neuronpedia) => {
    const { log, faults } = neuronpedia
    const asked = (feature: number): number => log.filter(({ path }) => path.endsWith(`/${feature}`)).length
    await page.setViewportSize({ width: 1100, height: 620 })

    await test.step('off by default: nothing is asked', async () => {
      await openFeature(page, 8837)
      await expect(offer(page).getByRole('checkbox')).not.toBeChecked()
      await expect(offer(page)).toContainText('never the text')
      await expect(page.getByRole('region', { name: 'Logits' })).toBeVisible()
      expect(log).toEqual([])
    })

    await test.step('on: the feature gets its label, said to be from there', async () => {
      await offer(page).getByRole('checkbox').check()
      await expect(heading(page)).toContainText('label of 8837 from afar')
      await expect(
        page.getByText(/^label by gpt-4o-mini, .*Neuronpedia API, fetched \d{4}-\d\d-\d\d$/),
      ).toBeVisible()
      expect(log).toEqual([
        { path: `/api/feature/${PLACE}/8837`, cookie: undefined, authorization: undefined },
      ])
    })

    await test.step('in the list: those in sight, one at a time, and none that is scrolled past', async () => {
      await page.getByRole('link', { name: 'All features of this source' }).click()
      await expect(row(page, 2)).toContainText('label of 2 from afar')
      await row(page, 0).focus()
      await page.keyboard.press('End')
      await expect(row(page, 16_383)).toContainText('label of 16383 from afar')
      expect(asked(5000)).toBe(0)
      expect(log.length).toBeLessThan(100)
      expect(neuronpedia.most).toBe(1)
    })

    await test.step('what was fetched is found by its words, and is there on the next visit without asking', async () => {
      await parts(page).find.fill('label of 8837')
      await expect(page.getByRole('option', { name: /label of 8837 from afar/ })).toBeVisible()
      await page.goto(`./#/${PLACE}/8837`)
      await page.reload()
      await expect(heading(page)).toContainText('label of 8837 from afar', { timeout: 120_000 })
      expect(asked(8837)).toBe(1)
    })

    await test.step('the storage page names the host', async () => {
      await page.goto('./#/storage')
      const host = page.getByRole('list', { name: 'Hosts' }).getByText(new URL(neuronpedia.origin).host)
      await expect(host).toBeVisible()
      await expect(page.getByText(/only if you turn that on .* it is on\./)).toBeVisible()
    })

    await test.step('no CORS: it stops, says so once, and asks again only when told to', async () => {
      neuronpedia.cors = false
      await page.goto(`./#/${PLACE}/100`)
      const alert = offer(page).getByRole('alert')
      await expect(alert).toContainText('did not let this page read its answer')
      await expect(alert).toContainText('explanations/batch-0.jsonl.gz')
      expect(asked(100)).toBe(3)
      const before = log.length
      await page.goto(`./#/${PLACE}/101`)
      await expect(heading(page)).toContainText('101')
      await expect(alert).toHaveCount(1)
      expect(log).toHaveLength(before)
      neuronpedia.cors = true
      await alert.getByRole('button', { name: 'Try again' }).click()
      await expect(heading(page)).toContainText('label of 101 from afar')
    })

    await test.step('a host that wants rest for an hour is not asked before', async () => {
      faults.set('all', 'limit for an hour')
      await page.goto(`./#/${PLACE}/300`)
      const alert = offer(page).getByRole('alert')
      await expect(alert).toContainText('60 min')
      faults.clear()
      await alert.getByRole('button', { name: 'Try again' }).click()
      await expect(alert).toContainText('min')
      expect(asked(300)).toBe(1)
    })

    await test.step('off again: nothing is asked, and what was fetched can be removed', async () => {
      await page.goto(`./#/${PLACE}?view=source`)
      await offer(page).getByRole('checkbox').uncheck()
      await expect(page.getByText(/Kept in this browser: labels of \d+ features/)).toBeVisible()
      await page.getByRole('button', { name: 'Remove them' }).click()
      const before = log.length
      await page.goto(`./#/${PLACE}/8837`)
      await expect(offer(page).getByRole('checkbox')).not.toBeChecked()
      await expect(heading(page)).not.toContainText('from afar')
      expect(log).toHaveLength(before)
    })
  })
})

test('turned on and failing: axe finds nothing in both themes, and nothing runs out of the page sideways', async ({
  page,
}) => {
  test.setTimeout(300_000)
  await withHosts(page, { 'labels-in-sight': 'on' }, async ({ faults }) => {
    faults.set('all', 'limit for an hour')
    await openFeature(page, 8837)
    for (const address of [`${PLACE}/8837`, `${PLACE}?view=browse`, `${PLACE}?view=source`]) {
      await page.goto(`./#/${address}`)
      await expect(page.getByRole('heading', { level: 1 })).toBeVisible()
      await expect(offer(page).getByRole('checkbox')).toBeChecked()
      await expect(offer(page).getByRole('alert')).toContainText('60 min')
      for (const colorScheme of ['light', 'dark'] as const) {
        await page.emulateMedia({ colorScheme })
        // Colours fade over from the other theme.
        await page.evaluate(async () => {
          const fading = document.getAnimations().filter((one) => one instanceof CSSTransition)
          await Promise.allSettled(fading.map(({ finished }) => finished))
        })
        await page.evaluate(AXE)
        const { violations } = await page.evaluate(
          (): Promise<AxeResults> => Reflect.get(window, 'axe').run(),
        )
        expect(
          violations.map(({ id, nodes }) => `${address} ${colorScheme} ${id}: ${nodes[0]?.html}`),
        ).toEqual([])
      }
      for (const width of [360, 768, 1280, 2560]) {
        await page.setViewportSize({ width, height: 900 })
        const beyond = await page.evaluate(
          () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
        )
        const box = await offer(page).boundingBox()
        expect([address, width, beyond]).toEqual([address, width, 0])
        expect((box?.x ?? -1) >= 0 && (box?.x ?? 0) + (box?.width ?? width) <= width).toBe(true)
      }
    }
  })
})

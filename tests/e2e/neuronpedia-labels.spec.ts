// Labels from Neuronpedia for the features in sight: off until turned on, asked one at a time, kept, and left alone
// when the host fails. A source of real size from a hub on localhost, Neuronpedia on localhost as well.
import { expect, type Locator, type Page, test } from '@playwright/test'
import { startFakeHub } from '../support/fake-hub.ts'
import { startFakeNeuronpedia } from '../support/fake-neuronpedia.ts'
import { parts } from './page.ts'

const PLACE = 'gemma-2-2b/20-gemmascope-res-16k'

const heading = (page: Page): Locator => page.getByRole('heading', { level: 1 })
const offer = (page: Page): Locator => page.getByRole('region', { name: 'Labels from Neuronpedia' })

/** The row of a feature in the list of all. */
const row = (page: Page, feature: number): Locator =>
  page.getByRole('grid', { name: 'Features' }).locator(`[data-index="${feature}"]`)

test('labels of what is in sight are fetched once that is on, kept, and no longer asked for when it fails', async ({
  page,
}) => {
  test.setTimeout(300_000)
  const hub = await startFakeHub()
  const neuronpedia = await startFakeNeuronpedia()
  const { log, faults } = neuronpedia
  const asked = (feature: number): number => log.filter(({ path }) => path.endsWith(`/${feature}`)).length
  try {
    await page.setViewportSize({ width: 1100, height: 620 })
    await page.addInitScript(
      ([endpoint, host]) => {
        localStorage.setItem('featurescope.hub', JSON.stringify({ endpoint }))
        localStorage.setItem('featurescope.neuronpedia', host)
      },
      [hub.origin, neuronpedia.origin],
    )

    await test.step('off by default: nothing is asked', async () => {
      await page.goto(`./#/${PLACE}/8837`)
      await page.getByRole('button', { name: 'Download 302.1 MB' }).click()
      await expect(offer(page).getByRole('checkbox')).not.toBeChecked({ timeout: 180_000 })
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
  } finally {
    neuronpedia.close()
    hub.close()
  }
})

// What the page does with storage that another hand has left: a tab ended in the middle of writing, another version.
import type { BrowserContext, Locator, Page } from '@playwright/test'
import { runFirst } from '../support/changed-scripts.ts'
import { expect, parts, settled, test } from './page.ts'

const PLACE = './#/gemma-2-mini/3-miniscope-res-4k'
const SOURCE = `${PLACE}?view=source&text=Moby%20Dick`
/** Two parts of 512 texts and the beginning of a third. */
const TEXTS = Array.from({ length: 1100 }, (_, at) => JSON.stringify({ text: `The whale ${at} swam` })).join(
  '\n',
)

/** The engine says that it has begun to write the second part, and stays there for good. */
const HELD = `
const { createWritable } = FileSystemFileHandle.prototype
FileSystemFileHandle.prototype.createWritable = async function (...given) {
  const writable = await createWritable.apply(this, given)
  if (this.name !== 'part-1-postings.parquet') return writable
  const { write } = writable
  writable.write = async (bytes) => {
    await write.call(writable, bytes)
    new BroadcastChannel('writing').postMessage(this.name)
    return new Promise(() => undefined)
  }
  return writable
}
`

/** What is whole already is not written again. */
const FIRST_STAYS = `
const { createWritable } = FileSystemFileHandle.prototype
FileSystemFileHandle.prototype.createWritable = function (...given) {
  if (this.name.startsWith('part-0')) throw new Error('the first part is written again')
  return createWritable.apply(this, given)
}
`

const panelOf = (page: Page): Locator => page.getByRole('region', { name: 'Activation index' })

async function build(page: Page): Promise<void> {
  await page.goto(SOURCE)
  await expect(panelOf(page)).toContainText('comes with this page')
  await panelOf(page).getByText('Build one from your own texts').click()
  const name = 'whales.jsonl'
  await panelOf(page)
    .getByLabel('Text files')
    .setInputFiles({ name, mimeType: 'application/jsonl', buffer: Buffer.from(TEXTS) })
}

/** SHA-256 and name of every file of the indexes kept here; the manifest has a time in it. */
async function kept(page: Page): Promise<string[]> {
  return page.evaluate(async () => {
    const found: string[] = []
    const walk = async (folder: FileSystemDirectoryHandle): Promise<void> => {
      for await (const handle of folder.values()) {
        if (handle instanceof FileSystemDirectoryHandle) await walk(handle)
        else if (handle instanceof FileSystemFileHandle && handle.name !== 'manifest.json') {
          const bytes = await (await handle.getFile()).arrayBuffer()
          const hash = new Uint8Array(await crypto.subtle.digest('SHA-256', bytes))
          found.push(`${handle.name} ${bytes.byteLength} ${hash.join()}`)
        }
      }
    }
    await walk(await (await navigator.storage.getDirectory()).getDirectoryHandle('indexes'))
    return found.sort()
  })
}

const namesOf = (files: readonly string[]): string[] => files.map((file) => file.split(' ')[0])

test('a tab that ends while it writes a part of an index: building goes on from the last whole one, to the same bytes', async ({
  page,
  context,
  browser,
  baseURL,
}) => {
  await runFirst(page, HELD)
  await page.goto(PLACE)
  const writing = page.evaluate(
    () =>
      new Promise((resolve) => {
        new BroadcastChannel('writing').onmessage = ({ data }) => resolve(data)
      }),
  )
  await build(page)
  await writing
  await page.close()

  const next = await context.newPage()
  await runFirst(next, FIRST_STAYS)
  await next.goto('./#/storage')
  await expect(next.getByRole('table', { name: 'Stored files' })).toContainText(
    'unfinished index of whales.jsonl',
  )
  expect(namesOf(await kept(next))).toContain('part-0-postings.parquet')
  // What is being written lies beside its place until it is whole.
  expect((await kept(next)).filter((file) => file.startsWith('part-1-postings.parquet 0 '))).toHaveLength(1)
  await build(next)
  await expect(panelOf(next)).toContainText('built here', { timeout: 90_000 })

  const apart: BrowserContext = await browser.newContext({ baseURL, serviceWorkers: 'block' })
  const undisturbed = await apart.newPage()
  await build(undisturbed)
  await expect(panelOf(undisturbed)).toContainText('built here', { timeout: 90_000 })
  expect(namesOf(await kept(next))).toContain('postings-0.parquet')
  expect(await kept(next)).toEqual(await kept(undisturbed))
  await apart.close()
})

/** Fills every store the page has with what no version of it, or a later one, would write. */
async function leaveOther(page: Page): Promise<void> {
  await page.evaluate(async () => {
    localStorage.setItem('featurescope.theme', 'sepia')
    localStorage.setItem('featurescope.hub', '{"endpoint":7,"token":[]}')
    localStorage.setItem(
      'featurescope.notebook',
      '{"format":"featurescope-notebook","version":99,"pages":[]}',
    )
    const write = async (folder: FileSystemDirectoryHandle, name: string, text: string): Promise<void> => {
      const writable = await (await folder.getFileHandle(name, { create: true })).createWritable()
      await writable.write(text)
      await writable.close()
    }
    const root = await navigator.storage.getDirectory()
    const folderOf = async (...path: string[]): Promise<FileSystemDirectoryHandle> => {
      let at = root
      for (const name of path) at = await at.getDirectoryHandle(name, { create: true })
      return at
    }
    await write(await folderOf('hub'), 'downloads.json', '[]')
    await write(await folderOf('hub', '0f-later'), 'manifest.json', '{"version":2,"pieces":[1,2]}')
    await write(await folderOf('hub', '0f-later'), '0', 'bytes of another layout')
    await write(await folderOf('indexes'), 'list.json', '{}')
    await write(await folderOf('indexes', 'ab'), 'current.json', 'no JSON')
    await write(await folderOf('indexes', 'ab', 'cd'), 'manifest.json', '{"version":0}')
    // Databases as they are before their stores are made, and after a version that renamed them.
    for (const name of ['featurescope-hub', 'featurescope-imports', 'keyval-store']) {
      await new Promise((resolve, reject) => {
        const opening = indexedDB.open(name, 7)
        opening.onupgradeneeded = () => opening.result.createObjectStore('other')
        opening.onerror = reject
        opening.onsuccess = () => {
          opening.result.close()
          resolve(undefined)
        }
      })
    }
  })
}

test('what another version has kept is set aside: the page works, lists what it cannot read, and deletes it', async ({
  page,
}) => {
  // A picture of the same origin: no code of the page has run yet.
  await page.route('**/favicon.ico', (route) => route.fulfill({ status: 204 }))
  await page.goto('./icon.svg')
  await leaveOther(page)
  await page.goto(`${PLACE}?text=The%20whale%20swam%20away`)
  await settled(page)
  await expect(parts(page).error).toHaveCount(0)
  await parts(page).featureLinks.first().click()
  await expect(page.getByRole('heading', { level: 1 })).toBeVisible()
  await page.goto(SOURCE)
  await expect(panelOf(page)).toContainText('comes with this page')
  await page.goto('./#/storage')
  const table = page.getByRole('table', { name: 'Stored files' })
  const unknown = table.getByRole('row', { name: /kept by another version of this page/ })
  await expect(unknown).toContainText('unknown')
  await expect(table).toContainText('an index that was not finished')
  await unknown.getByRole('button').click()
  await expect(unknown).toHaveCount(0)
  const notebook = await page.evaluate(() => localStorage.getItem('featurescope.notebook'))
  expect(notebook).toContain('"version":99')
})

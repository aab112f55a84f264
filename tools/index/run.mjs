// npm run index -- --source NAME --out FOLDER [--corpus FILE…] [--model REF] [--cap TOP,RANDOM,INTERVAL]
//                  [--profile FOLDER] [--gpu]
// npm run index -- --merge FOLDER --merge FOLDER … --out FOLDER [--name NAME]
// Lets the built page build an activation index in Chromium, with the code it uses itself, and writes the files.
import { existsSync } from 'node:fs'
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { runnerImport } from 'vite'
import { withBuiltPage } from '../built-page.mjs'

/** Always the same, so that a build that was stopped is gone on with in the same profile. */
const PORT = 4194

const USAGE = `npm run index -- --source NAME --out FOLDER [--corpus FILE]… [--model REF] [--cap TOP,RANDOM,INTERVAL]
    [--profile FOLDER] [--gpu]
npm run index -- --merge FOLDER --merge FOLDER … --out FOLDER [--name NAME]
--source    an SAE as the page opens it: "3-miniscope-res-4k", "owner/repo/path", an address
--model     its model, where the page does not know it
--corpus    .txt, .md, .jsonl or .parquet; the bundled public-domain texts without one
--cap       keeps of every feature only the documents of its so many strongest firings, of so many drawn of all, and
            of so many drawn of each fifth of its range
--profile   a folder that keeps downloads, and builds that were stopped`

const asked = readArguments()
if (asked) process.exitCode = await (asked.merge ? merge(asked) : build(asked))

function readArguments() {
  try {
    const string = { type: 'string' }
    const { values } = parseArgs({
      options: {
        ...{ source: string, model: string, out: string, cap: string, profile: string },
        corpus: { type: 'string', multiple: true },
        ...{ merge: { type: 'string', multiple: true }, name: string },
        ...{ gpu: { type: 'boolean' }, help: { type: 'boolean' } },
      },
    })
    if (values.help) return say(USAGE, 0)
    if (!values.out || Boolean(values.source) === Boolean(values.merge)) return say(USAGE, 2)
    const missing = values.corpus?.find((file) => !existsSync(file))
    if (missing) return say(`There is no file ${missing}.`, 2)
    return { ...values, cap: capOf(values) }
  } catch (thrown) {
    return say(`${thrown.message}\n${USAGE}`, 2)
  }
}

function capOf({ cap }) {
  if (!cap) return undefined
  const numbers = cap.split(',').map(Number)
  if (numbers.length !== 3 || !numbers.every((number) => Number.isSafeInteger(number) && number >= 0)) {
    throw new Error('--cap takes three whole numbers, as in --cap 60,30,15.')
  }
  const [top, random, perInterval] = numbers
  return { top, random, perInterval }
}

function say(text, code) {
  process.exitCode = code
  const stream = code === 0 ? process.stdout : process.stderr
  stream.write(`${text}\n`)
  return undefined
}

/** Gives the exit code. */
async function build({ source, model, corpus, cap, out, profile, gpu }) {
  try {
    return await withBuiltPage({ port: PORT, profile, gpu }, async (page, base) => {
      // Unlike the front page this opens nothing by itself.
      await page.goto(`${base}#/storage`)
      await page.waitForFunction(() => 'featurescope' in window)
      const repo = model ?? (await modelOf(page, base, source))
      await page.evaluate((options) => window.featurescope.open(options), { model: repo, sae: source })
      await tellProgress(page)
      const manifest = await buildIn(page, corpus, cap)
      await mkdir(out, { recursive: true })
      let total = 0
      await page.exposeFunction('saveIndexFile', async (name, base64) => {
        const bytes = Buffer.from(base64, 'base64')
        total += bytes.length
        await writeFile(join(out, name), bytes)
      })
      await page.evaluate(saveFiles)
      const { documents, countedTokens, firings, postings } = manifest
      process.stdout.write(
        `${out}: ${countedTokens} tokens in ${documents} documents, ${postings} of ${firings} firings, ${total} bytes\n`,
      )
      return 0
    })
  } catch (thrown) {
    process.stderr.write(`${thrown instanceof Error ? thrown.message : thrown}\n`)
    return 1
  }
}

/** Gives the exit code. */
async function merge({ merge: folders, out, name = 'merged' }) {
  try {
    const { module } = await runnerImport('./tools/index/merge.ts')
    const { documents, countedTokens, postings } = await module.mergeFolders(folders, out, name)
    process.stdout.write(`${out}: ${countedTokens} tokens in ${documents} documents, ${postings} firings\n`)
    return 0
  } catch (thrown) {
    process.stderr.write(`${thrown.message}\n`)
    return 1
  }
}

/** The model of a bundled source, as the catalogue says. */
async function modelOf(page, base, source) {
  const rows = await page.evaluate(
    async (address) => (await fetch(address)).json(),
    `${base}hub/featurescope/catalogue.json`,
  )
  const row = rows.find((entry) => entry.source === source)
  if (!row) throw new Error('Name the model with --model: this source is not a bundled one.')
  return row.modelRepo
}

/** Files reach the page through a file input, so that they are never whole in this process. */
async function buildIn(page, files, cap) {
  if (!files) {
    return page.evaluate(
      (options) =>
        window.featurescope.buildIndex(
          { kind: 'bundled' },
          { ...options, onProgress: window.tellIndexProgress },
        ),
      { cap },
    )
  }
  const input = await page.evaluateHandle(() => {
    const element = document.createElement('input')
    element.type = 'file'
    element.multiple = true
    return document.body.appendChild(element)
  })
  await input.setInputFiles(files)
  return page.evaluate(
    ([element, options]) =>
      window.featurescope.buildIndex(
        { kind: 'files', files: [...element.files] },
        { ...options, onProgress: window.tellIndexProgress },
      ),
    [input, { cap }],
  )
}

/** Runs in the page. */
async function saveFiles() {
  for (const { name, bytes } of await window.featurescope.indexFiles()) {
    const reader = new FileReader()
    const read = new Promise((resolve, reject) => {
      reader.onload = () => resolve(reader.result.slice(reader.result.indexOf(',') + 1))
      reader.onerror = () => reject(reader.error)
    })
    reader.readAsDataURL(new Blob([bytes]))
    await window.saveIndexFile(name, await read)
  }
}

/** A line whenever the work has another label, or some seconds have gone by. */
async function tellProgress(page) {
  let [told, label] = [0, '']
  await page.exposeFunction('tellIndexProgress', (progress) => {
    if (progress.label === label && Date.now() - told < 5000) return
    told = Date.now()
    label = progress.label
    process.stderr.write(`${label}: ${progress.done} of ${progress.total} ${progress.unit}\n`)
  })
}

// A person's own labels, notes and lists of features: what is kept of them, and how two notebooks become one.
import * as v from 'valibot'
import { UserError } from './errors.ts'
import { LIST_LIMIT } from './neuronpedia-address.ts'

/** What was written about one feature. */
export interface OwnEntry {
  model: string
  source: string
  index: number
  label: string
  note: string
  /** ISO 8601, UTC. */
  changed: string
  /** What another notebook said, when it was merged into this one. */
  others: { label: string; note: string; changed: string }[]
}

/** Features of one source, gathered. */
export interface OwnList {
  id: string
  name: string
  model: string
  source: string
  features: number[]
  changed: string
}

/** Whether two lists, of the notebook or of an address, are the same features under the same name. */
export function isSameList(a: ListContents, b: ListContents): boolean {
  const isNamed = a.name === b.name && a.model === b.model && a.source === b.source
  return isNamed && a.features.join() === b.features.join()
}

type ListContents = Pick<OwnList, 'model' | 'source' | 'name' | 'features'>

export interface Notebook {
  entries: OwnEntry[]
  lists: OwnList[]
}

export const EMPTY_NOTEBOOK: Notebook = { entries: [], lists: [] }

/** What a merge did, by count and by name. */
export interface MergeReport {
  added: number
  /** Entries and lists of the other notebook that were newer. */
  replaced: number
  same: number
  /** Where both said something else: which one counts now, the other kept beside it. */
  differed: { what: string; newer: 'here' | 'there' }[]
}

const FORMAT = 'featurescope-notebook'
const VERSION = 1

const text = (longest: number) => v.pipe(v.string(), v.maxLength(longest))
const Index = v.pipe(v.number(), v.safeInteger(), v.minValue(0))
const When = v.pipe(v.string(), v.isoTimestamp())
const Words = { label: text(4000), note: text(40_000), changed: When }
const Place = { model: v.pipe(text(200), v.nonEmpty()), source: v.pipe(text(400), v.nonEmpty()) }

const NotebookFile = v.object({
  format: v.literal(FORMAT),
  version: v.literal(VERSION),
  entries: v.array(
    v.object({ ...Place, index: Index, ...Words, others: v.optional(v.array(v.object(Words)), []) }),
  ),
  lists: v.array(
    v.object({
      ...Place,
      id: v.pipe(text(80), v.nonEmpty()),
      name: v.pipe(text(200), v.nonEmpty()),
      features: v.pipe(v.array(Index), v.maxLength(LIST_LIMIT)),
      changed: When,
    }),
  ),
})

/** The notebook as one JSON text. */
export function formatNotebook(notebook: Notebook): string {
  return `${JSON.stringify({ format: FORMAT, version: VERSION, ...notebook }, null, 2)}\n`
}

/** Reads what `formatNotebook` wrote. UserError that says where it is something else. */
export function parseNotebook(json: string, name: string): Notebook {
  let value: unknown
  try {
    value = JSON.parse(json)
  } catch (cause) {
    throw notOne(name, cause instanceof Error ? cause.message : String(cause))
  }
  const parsed = v.safeParse(NotebookFile, value)
  if (parsed.success) return { entries: parsed.output.entries, lists: parsed.output.lists }
  const [issue] = parsed.issues
  throw notOne(name, `${v.getDotPath(issue) ?? 'It'}: ${issue.message}`)
}

function notOne(name: string, detail: string): UserError {
  return new UserError({
    title: `${name} is no notebook of this page.`,
    detail,
    remedy: 'Choose a file that “Save all as a file” has written.',
  })
}

/** Both notebooks in one: of the same entry the newer counts, and the other is kept beside it where it differs. */
export function mergeNotebooks(here: Notebook, there: Notebook): { notebook: Notebook; report: MergeReport } {
  const report: MergeReport = { added: 0, replaced: 0, same: 0, differed: [] }
  const entries = new Map(here.entries.map((entry) => [entryKey(entry), entry]))
  for (const entry of there.entries) {
    const key = entryKey(entry)
    const own = entries.get(key)
    if (!own) report.added += 1
    else if (own.label === entry.label && own.note === entry.note) report.same += 1
    else {
      const newer = entry.changed > own.changed ? 'there' : 'here'
      if (newer === 'there') report.replaced += 1
      report.differed.push({ what: `feature ${entry.index} of ${entry.source}`, newer })
    }
    entries.set(key, own ? mergeEntries(own, entry) : entry)
  }
  const lists = new Map(here.lists.map((list) => [list.id, list]))
  for (const list of there.lists) {
    const own = lists.get(list.id)
    if (!own) report.added += 1
    else if (sameList(own, list)) report.same += 1
    else {
      const [newer, older] = list.changed > own.changed ? [list, own] : [own, list]
      if (newer === list) report.replaced += 1
      report.differed.push({ what: `list “${newer.name}”`, newer: newer === list ? 'there' : 'here' })
      lists.set(newer.id, newer)
      // Named by what it holds, so that merging again does not add it again.
      const id = `${older.id.slice(0, 40)} ${older.changed}`
      lists.set(id, { ...older, id, name: `${older.name.slice(0, 190)} (older)` })
      continue
    }
    lists.set(list.id, list)
  }
  return { notebook: { entries: [...entries.values()], lists: [...lists.values()] }, report }
}

function mergeEntries(a: OwnEntry, b: OwnEntry): OwnEntry {
  const [newer, older] = b.changed > a.changed ? [b, a] : [a, b]
  const { label, note, changed } = older
  const others = new Map(
    [...a.others, ...b.others, { label, note, changed }].map((one) => [wordsKey(one), one]),
  )
  others.delete(wordsKey(newer))
  return { ...newer, others: [...others.values()].filter((one) => one.label !== '' || one.note !== '') }
}

function sameList(a: OwnList, b: OwnList): boolean {
  return a.name === b.name && a.features.join() === b.features.join()
}

function wordsKey({ label, note }: { label: string; note: string }): string {
  return JSON.stringify([label, note])
}

export function entryKey({ model, source, index }: Pick<OwnEntry, 'model' | 'source' | 'index'>): string {
  return JSON.stringify([model, source, index])
}

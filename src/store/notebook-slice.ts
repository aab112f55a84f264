// The person's own labels, notes and lists: kept in this browser, told to the engine's search, saved and merged as
// one file.
import type { Label } from '../engine/protocol.ts'
import { toUserError, UserError } from '../lib/errors.ts'
import { hex } from '../lib/hex.ts'
import type { Kept } from '../lib/kept.ts'
import { LIST_LIMIT } from '../lib/neuronpedia-address.ts'
import {
  EMPTY_NOTEBOOK,
  entryKey,
  formatNotebook,
  type MergeReport,
  mergeNotebooks,
  type Notebook,
  type OwnEntry,
  type OwnList,
  parseNotebook,
} from '../lib/notebook.ts'
import { type Slice, UNKNOWN_MODEL } from './types.ts'

type FeaturePlace = Pick<OwnEntry, 'model' | 'source' | 'index'>

export interface NotebookSlice {
  notebook: Notebook
  /** False where the browser keeps it only as long as the page. */
  notebookKept: boolean
  /** Of the last file that was merged. */
  notebookReport: MergeReport | undefined
  notebookError: UserError | undefined

  /** Writes about a feature; empty words of both kinds forget it. */
  writeOwn(place: FeaturePlace, words: { label: string; note: string }): void
  /** Makes a list, of what is given at first; its id. */
  addList(list: Pick<OwnList, 'model' | 'source' | 'name' | 'features'>): string
  /** Puts a feature into a list or takes it out. Says in `notebookError` when the list is full. */
  toggleListed(list: string, index: number): void
  renameList(list: string, name: string): void
  removeList(list: string): void
  /** All of it as one JSON text. */
  saveNotebook(): string
  /** Merges a saved notebook into this one. Failures land in `notebookError`. */
  mergeNotebook(file: File): Promise<void>
  /** Tells the engine which labels of the open source are the person's own. */
  giveOwnLabels(): Promise<void>
}

const KEPT = 'notebook'

export const notebookSlice: Slice<NotebookSlice> = (set, get, { client, kept }) => {
  const began = readKept(kept)
  /** The source whose labels the engine was given. */
  let given: string | undefined

  /** Changes what is kept now: another tab may have written meanwhile. */
  function change(how: (notebook: Notebook) => Notebook): void {
    const stored = readKept(kept)
    // What a later version of the page has written is not overwritten.
    if (stored.error) {
      set({ notebook: how(get().notebook), notebookKept: false })
      return
    }
    const notebook = how(kept?.read(KEPT) === undefined ? get().notebook : stored.notebook)
    const text = formatNotebook(notebook)
    kept?.write(KEPT, text)
    set({ notebook, notebookKept: kept?.read(KEPT) === text, notebookError: undefined })
  }

  async function tell(): Promise<void> {
    await get().giveOwnLabels()
    await get().renewLabels()
  }

  function changeList(id: string, how: (list: OwnList) => OwnList): void {
    change(({ entries, lists }) => ({
      entries,
      lists: lists.map((list) => (list.id === id ? { ...how(list), changed: now() } : list)),
    }))
  }

  return {
    notebook: began.notebook,
    notebookKept: kept !== undefined,
    notebookReport: undefined,
    notebookError: began.error,

    writeOwn: (place, words) => {
      const label = words.label.trim()
      const note = words.note.trim()
      change(({ entries, lists }) => {
        const key = entryKey(place)
        const before = entries.find((entry) => entryKey(entry) === key)
        const rest = entries.filter((entry) => entry !== before)
        const { model, source, index } = place
        const entry = { model, source, index, label, note, changed: now(), others: before?.others ?? [] }
        return { entries: label === '' && note === '' ? rest : [...rest, entry], lists }
      })
      void tell()
    },

    addList: ({ model, source, name, features }) => {
      const id = newId()
      const list = { id, name: name.trim() || 'List', model, source, changed: now() }
      change(({ entries, lists }) => ({
        entries,
        lists: [...lists, { ...list, features: features.slice(0, LIST_LIMIT) }],
      }))
      return id
    },

    toggleListed: (id, index) => {
      const list = get().notebook.lists.find((one) => one.id === id)
      if (list && !list.features.includes(index) && list.features.length >= LIST_LIMIT) {
        return set({ notebookError: fullList(list) })
      }
      changeList(id, ({ features, ...rest }) => ({
        ...rest,
        features: features.includes(index) ? features.filter((one) => one !== index) : [...features, index],
      }))
    },

    renameList: (id, name) => {
      if (name.trim() !== '') changeList(id, (list) => ({ ...list, name: name.trim() }))
    },

    removeList: (id) =>
      change(({ entries, lists }) => ({ entries, lists: lists.filter((list) => list.id !== id) })),

    saveNotebook: () => formatNotebook(get().notebook),

    mergeNotebook: async (file) => {
      try {
        const there = parseNotebook(await file.text(), file.name)
        let notebookReport: MergeReport | undefined
        change((here) => {
          const { notebook, report } = mergeNotebooks(here, there)
          notebookReport = report
          return notebook
        })
        set({ notebookReport })
        await tell()
      } catch (thrown) {
        set({ notebookError: toUserError(thrown), notebookReport: undefined })
      }
    },

    giveOwnLabels: async () => {
      const { sae, model, notebook } = get()
      if (!sae) return
      const id = sae.model ?? model?.id ?? UNKNOWN_MODEL
      const labels = notebook.entries.flatMap(({ model: of, source, index, label }): [number, Label][] =>
        of === id && source === sae.source && label !== ''
          ? [[index, { description: label, author: 'you', method: 'kept in this browser' }]]
          : [],
      )
      if (labels.length === 0 && given !== sae.source) return
      given = sae.source
      await client.setOwnLabels(sae.source, labels).catch(() => undefined)
    },
  }
}

/** What is kept; nothing, with what to say of it, where it cannot be read. */
function readKept(kept: Kept | undefined): { notebook: Notebook; error: UserError | undefined } {
  const text = kept?.read(KEPT)
  if (text === undefined) return { notebook: EMPTY_NOTEBOOK, error: undefined }
  try {
    return { notebook: parseNotebook(text, 'What this browser keeps'), error: undefined }
  } catch (thrown) {
    return { notebook: EMPTY_NOTEBOOK, error: toUserError(thrown) }
  }
}

function fullList({ name }: OwnList): UserError {
  return new UserError({
    title: `“${name}” is full.`,
    detail: `A list has up to ${LIST_LIMIT} features, so that a link can hold it.`,
    remedy: 'Take one out, or begin another list.',
  })
}

/** `crypto.randomUUID` is missing on hosts without TLS. */
function newId(): string {
  return hex(crypto.getRandomValues(new Uint8Array(12)))
}

function now(): string {
  return new Date().toISOString()
}

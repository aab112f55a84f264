// Finds the arrays of activations, and the notes beside them, among the files or at the address the user gave.
import { type ActivationsNotes, parseNotes, safetensorsNotes } from '../formats/activations-notes.ts'
import type { ArrayEntry, ArrayFile } from '../formats/array.ts'
import { openNpy } from '../formats/npy.ts'
import { readNpz } from '../formats/npz.ts'
import { readSafetensors } from '../formats/safetensors.ts'
import { type FileSet, parseJson } from '../hub/file-set.ts'
import type { Hub } from '../hub/hub.ts'
import type { ByteSource } from '../lib/byte-source.ts'
import { UserError } from '../lib/errors.ts'

interface FoundActivations {
  /** What a person would call the file. */
  name: string
  arrays: ArrayFile
  notes: ActivationsNotes
}

const ARRAYS = /\.(?:npy|npz|safetensors)$/i

/** Opens headers and notes only. UserError where nothing given can be activations. */
export async function openActivationsFiles(
  asked: string | readonly File[],
  hub: Hub,
  signal: AbortSignal,
): Promise<FoundActivations> {
  const { set, file } = await hub.locate(asked, signal)
  const paths = file ? [file] : (set.paths ?? []).filter((path) => ARRAYS.test(path))
  if (paths.length === 0 || !paths.every((path) => ARRAYS.test(path))) {
    throw new UserError({
      title: 'There are no activations here.',
      detail: `${set.paths?.join(', ') || file || set.name}: no file ends in .npy, .npz or .safetensors.`,
      remedy: 'Give one such file, with tokens in it or in a .json of the same name.',
    })
  }
  const arrays = new Map<string, ArrayEntry>()
  let notes: ActivationsNotes = {}
  for (const path of paths) {
    const source = await set.find(path, signal)
    if (!source) throw missing(path, set)
    for (const [name, entry] of await openArrays(source, path, signal)) {
      if (arrays.has(name)) throw twice(name, paths)
      arrays.set(name, entry)
    }
    if (/\.safetensors$/i.test(path)) notes = { ...notes, ...defined(await safetensorsNotes(source, signal)) }
  }
  notes = { ...notes, ...defined(await notesBeside(set, paths, file !== undefined, signal)) }
  const [main] = paths.length === 1 ? paths : [...paths].sort(byActivationsFirst)
  return { name: main.slice(main.lastIndexOf('/') + 1), arrays, notes }
}

/** The arrays of one file; that of a .npy is called as the file is. */
async function openArrays(source: ByteSource, path: string, signal: AbortSignal): Promise<ArrayFile> {
  if (/\.safetensors$/i.test(path)) return readSafetensors(source, signal)
  if (/\.npz$/i.test(path)) return readNpz(source, signal)
  const name = stem(path)
  return new Map([[name, await openNpy(source, name, 0, source.size, signal)]])
}

/** A JSON of the same name; among files given together also tokens.json, meta.json, or the only one there is. */
async function notesBeside(
  set: FileSet,
  paths: readonly string[],
  addressed: boolean,
  signal: AbortSignal,
): Promise<ActivationsNotes> {
  const names = addressed
    ? paths.map((path) => path.replace(ARRAYS, '.json'))
    : givenNotes(set.paths ?? [], paths)
  let notes: ActivationsNotes = {}
  for (const name of names) {
    const text = await (addressed ? textIfAny(set, name, signal) : set.text(name, signal))
    if (text !== undefined) notes = { ...defined(parseNotes(parseJson(text, name), name)), ...notes }
  }
  return notes
}

function givenNotes(given: readonly string[], arrays: readonly string[]): string[] {
  const wanted = arrays.map((path) => path.replace(ARRAYS, '.json'))
  const listed = given.filter((path) => /\.json$/i.test(path))
  const own = listed.filter((path) => wanted.includes(path))
  const usual = listed.filter((path) => /(?:^|\/)(?:tokens|meta|metadata)\.json$/i.test(path))
  const named = [...new Set([...own, ...usual])]
  return named.length > 0 || listed.length > 1 ? named : listed
}

/** A host may answer for a file that is not there with a page of its own, or refuse: nobody asked for these notes. */
async function textIfAny(set: FileSet, name: string, signal: AbortSignal): Promise<string | undefined> {
  try {
    const text = await set.text(name, signal)
    return text?.trimStart().startsWith('<') ? undefined : text
  } catch (error) {
    if (error instanceof UserError) return undefined
    throw error
  }
}

function byActivationsFirst(a: string, b: string): number {
  const isTokens = (path: string): number => Number(/token|ids|mask|length/i.test(stem(path)))
  return isTokens(a) - isTokens(b)
}

function stem(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1).replace(ARRAYS, '')
}

/** Without the fields that are undefined, so that they hide no others. */
function defined(notes: ActivationsNotes): ActivationsNotes {
  return Object.fromEntries(Object.entries(notes).filter(([, value]) => value !== undefined))
}

function missing(path: string, set: FileSet): UserError {
  return new UserError({
    title: 'The activations were not found.',
    detail: `There is no file "${path}" in ${set.name}.`,
    remedy: 'Check the address.',
  })
}

function twice(name: string, paths: readonly string[]): UserError {
  return new UserError({
    title: 'Two of these files have an array of the same name.',
    detail: `"${name}" is in more than one of ${paths.join(', ')}.`,
    remedy: 'Open one file at a time.',
  })
}

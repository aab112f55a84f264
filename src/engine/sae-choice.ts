// Which of several files is the SAE, and which JSON belongs to it. Names decide where they can, contents otherwise;
// what else lies there (a README, sparsity.safetensors, activations) is left alone.
import type { ArrayFile } from '../formats/array.ts'
import { readNpz } from '../formats/npz.ts'
import { readSafetensors } from '../formats/safetensors.ts'
import type { FileSet } from '../hub/file-set.ts'
import type { ByteSource } from '../lib/byte-source.ts'
import { UserError } from '../lib/errors.ts'

const NAMES = ['params.npz', 'sae_weights.safetensors', 'params.safetensors']
const ARRAYS = /\.(npz|safetensors)$/i
/** Files whose contents are looked at where no name tells. */
const MOST = 32

const ACCEPTED =
  'An SAE is Gemma Scope’s params.npz, Gemma Scope 2’s params.safetensors with config.json, or SAELens’ ' +
  'sae_weights.safetensors with cfg.json.'

export interface SaeChoice {
  path: string
  arrays: ArrayFile
}

/** Opens the one file of `set` that is an SAE: `file` where it was named. UserError where there is none, or several. */
export async function chooseSae(
  set: FileSet,
  file: string | undefined,
  signal: AbortSignal,
): Promise<SaeChoice> {
  if (file) return { path: file, arrays: await openArrays(await found(set, file, signal), file, signal) }
  if (!set.paths) return chooseUnlisted(set, signal)
  const named = set.paths.filter((path) => NAMES.includes(baseName(path)))
  if (named.length === 1) return chooseSae(set, named[0], signal)
  if (named.length > 1) throw several(set, named)
  const candidates = set.paths.filter((path) => ARRAYS.test(path))
  if (candidates.length === 1) return chooseSae(set, candidates[0], signal)
  const opened: SaeChoice[] = []
  for (const path of candidates.slice(0, MOST)) {
    const choice = await chooseSae(set, path, signal)
    if (isSae(choice.arrays)) opened.push(choice)
  }
  if (opened.length > 1)
    throw several(
      set,
      opened.map(({ path }) => path),
    )
  if (opened.length === 1) return opened[0]
  throw new UserError({
    title: 'There is no SAE among these files.',
    detail: `${set.name}: ${listed(set.paths)}. None of them holds W_enc and W_dec.`,
    remedy: ACCEPTED,
  })
}

/** A host that lists no files is asked for the usual names. */
async function chooseUnlisted(set: FileSet, signal: AbortSignal): Promise<SaeChoice> {
  for (const path of NAMES) {
    const source = await set.find(path, signal)
    if (source) return { path, arrays: await openArrays(source, path, signal) }
  }
  throw new UserError({
    title: 'The SAE was not found.',
    detail: `There is no ${NAMES.join(', ')} in ${set.name}, and its other files are not listed.`,
    remedy: 'Give the address of the file itself.',
  })
}

/**
 * The configuration beside `path`, with its name: cfg.json is SAELens', config.json Gemma Scope 2's; an .npz has
 * one only where files are listed and cfg.json is among them.
 */
export async function readConfigBeside(
  set: FileSet,
  path: string,
  signal: AbortSignal,
): Promise<{ name: string; text: string } | undefined> {
  const folder = path.slice(0, path.length - baseName(path).length)
  const npz = /\.npz$/i.test(path)
  if (npz && !set.paths) return undefined
  const order =
    baseName(path) === 'params.safetensors' ? ['config.json', 'cfg.json'] : ['cfg.json', 'config.json']
  for (const name of npz ? ['cfg.json'] : order) {
    if (set.paths && !set.paths.includes(folder + name)) continue
    const text = await set.text(folder + name, signal)
    if (text !== undefined) return { name: folder + name, text }
  }
  return undefined
}

async function found(set: FileSet, path: string, signal: AbortSignal): Promise<ByteSource> {
  const source = await set.find(path, signal)
  if (source) return source
  throw new UserError({
    title: 'The SAE was not found.',
    detail: `There is no file "${path}" in ${set.name}.`,
    remedy: 'Check the name; parameters are in params.npz, params.safetensors or sae_weights.safetensors.',
  })
}

function openArrays(source: ByteSource, path: string, signal: AbortSignal): Promise<ArrayFile> {
  if (/\.safetensors$/i.test(path)) return readSafetensors(source, signal)
  if (/\.npz$/i.test(path)) return readNpz(source, signal)
  return Promise.reject(
    new UserError({
      title: `${path} is no SAE.`,
      detail: 'It is neither .npz nor .safetensors.',
      remedy: ACCEPTED,
    }),
  )
}

function isSae(arrays: ArrayFile): boolean {
  return ['W_enc', 'W_dec'].every((name) => arrays.has(name) || arrays.has(name.toLowerCase()))
}

function several(set: FileSet, paths: readonly string[]): UserError {
  return new UserError({
    title: 'Which of these files is the SAE?',
    detail: `${set.name}: ${listed(paths)} could all be it.`,
    remedy: 'Give one of them, with its cfg.json or config.json.',
  })
}

function listed(paths: readonly string[]): string {
  if (paths.length === 0) return 'no file'
  return `${paths.slice(0, 8).join(', ')}${paths.length > 8 ? ` and ${paths.length - 8} more` : ''}`
}

function baseName(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1)
}

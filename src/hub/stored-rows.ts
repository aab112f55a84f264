// The stored files as the storage page lists them: the packed layers of one model in one precision are one line.
import type { StoredFile } from '../lib/storage-state.ts'

/** A stored file, and which part of a model it is where it is one. */
export interface StoredPart extends StoredFile {
  part?: string
}

/** Keys of a line, from the line's key. */
export function keysOf(key: string): string[] {
  return key.split('+')
}

/** One line a file, last used first; parts of one name and revision are added up. */
export function storedRows(files: readonly StoredPart[]): StoredFile[] {
  const groups = new Map<string, StoredPart[]>()
  for (const file of files) {
    const { part, name, revision, key } = file
    const group = part === undefined ? key : `${name}@${revision}`
    groups.set(group, [...(groups.get(group) ?? []), file])
  }
  return [...groups.values()].map(rowOf).sort((a, b) => b.lastUsed - a.lastUsed)
}

function rowOf(group: readonly StoredPart[]): StoredFile {
  const [{ part, ...first }] = group
  if (part === undefined) return first
  const sum = (of: (file: StoredPart) => number): number => group.reduce((total, file) => total + of(file), 0)
  const whole = group.every(({ size, present }) => size === present)
  return {
    ...first,
    key: group.map(({ key }) => key).join('+'),
    name: `${first.name}, ${group.length} ${group.length === 1 ? 'layer' : 'layers'}`,
    size: sum(({ size }) => size),
    present: sum(({ present }) => present),
    verified: whole ? 'packed' : 'incomplete',
    lastUsed: Math.max(...group.map(({ lastUsed }) => lastUsed)),
  }
}

// A file of labels or dashboards, object by object: JSON whole, .jsonl by the line, either of them gzipped.
import type { ByteSource } from '../lib/byte-source.ts'
import { UserError } from '../lib/errors.ts'
import type { ImportSkipped } from '../lib/imported.ts'
import { readLines, readText } from './lines.ts'
import { type ImportEntry, readImported } from './neuronpedia.ts'

export interface ImportedPart {
  entries: ImportEntry[]
  skipped: ImportSkipped[]
}

/** Bytes a .jsonl may unpack to: several times the largest batch of Neuronpedia's export. */
const UNPACKED = 8e9
/** Characters of one line, and of a JSON file: below what a string can hold. */
const LINE = 64e6
const WHOLE = 400e6

/** Reads what `source` holds. UserError where it is damaged, too large, or no JSON at all. */
export async function* readImportFile(
  source: ByteSource,
  signal?: AbortSignal,
  onBytes?: (done: number) => void,
): AsyncGenerator<ImportedPart> {
  if (!/\.jsonl(\.gz)?$/i.test(source.name)) {
    const limits = { unpacked: WHOLE, line: WHOLE }
    let text = ''
    for await (const part of readText(source, { limits, signal, onBytes })) text += part
    const value = parsed(text)
    if (value !== undefined) return yield partOf(source.name, value)
    // Perhaps lines of JSON under another name.
    if (parsed(text.slice(0, text.indexOf('\n') + 1)) === undefined) throw noJson(source.name)
  }
  const limits = { unpacked: UNPACKED, line: LINE }
  for await (const { number, text } of readLines(source, { limits, signal, onBytes })) {
    const place = `${source.name}, line ${number}`
    const value = text === undefined ? undefined : parsed(text)
    if (value !== undefined) yield partOf(place, value)
    else {
      const why = text === undefined ? `It is longer than ${LINE / 1e6} MB.` : 'It is no JSON.'
      yield { entries: [], skipped: [{ place, why }] }
    }
  }
}

function partOf(place: string, value: unknown): ImportedPart {
  const { entries, skipped } = readImported(value)
  return { entries, skipped: skipped.map((why) => ({ place, why })) }
}

/** Undefined for what is no JSON. */
function parsed(text: string): unknown {
  try {
    return JSON.parse(text.charCodeAt(0) === 0xfeff ? text.slice(1) : text)
  } catch {
    return undefined
  }
}

function noJson(name: string): UserError {
  return new UserError({
    title: `${name} is no JSON.`,
    detail: 'Labels and dashboards are read from .json, .jsonl and .jsonl.gz files.',
    remedy: 'Check that the file is complete, and that it is one of these.',
  })
}

// From what a user gives (a text, files, the bundled texts) to documents of 128 tokens, each with <bos> first.
import { parquetReadObjects } from 'hyparquet'
import * as v from 'valibot'
import { DOCUMENT_TOKENS } from '../activation-index/manifest.ts'
import type { IndexDocument } from '../activation-index/types.ts'
import { UserError } from '../lib/errors.ts'
import type { GemmaTokenizer } from '../model/tokenizer.ts'
import type { CorpusInput } from './index-results.ts'
import type { TaskContext } from './tasks.ts'

interface CorpusText {
  kind: string
  title: string
  text: string
}

/** A corpus as the model will read it. */
export interface TokenizedCorpus {
  name: string
  description: string | undefined
  kinds: string[]
  documents: Omit<IndexDocument, 'document'>[]
  /** Positions without `<bos>`. */
  countedTokens: number
}

const BUNDLED_DESCRIPTION =
  'State of the Union speeches, Moby-Dick, The World Factbook, The Jargon File and The Devil’s Dictionary, all in the ' +
  'public domain, and this project’s own Python.'

/** Largest file that is read as one text. */
const LARGEST = 512 * 1024 * 1024

/** Tokens of the largest corpus: 12 bytes each are held while it is built, and their ids while they are read. */
const MOST_TOKENS = 50_000_000

/** Reads and tokenizes. UserError for files that hold no text, or too much. `bundled` is the address of the bundled texts. */
export async function openCorpus(
  input: CorpusInput,
  bundled: string,
  { tokenizer, bosTokenId }: { tokenizer: GemmaTokenizer; bosTokenId: number },
  context: TaskContext,
): Promise<TokenizedCorpus> {
  const texts = await textsOf(input, bundled, context.signal)
  const kinds = [...new Set(texts.map(({ kind }) => kind))]
  const documents: TokenizedCorpus['documents'] = []
  let countedTokens = 0
  let rested = performance.now()
  for (const [done, { kind, title, text }] of texts.entries()) {
    if (performance.now() - rested > 50) {
      // Lets a cancellation, and other calls, in between.
      await new Promise((resolve) => setTimeout(resolve))
      context.signal.throwIfAborted()
      context.onProgress({ label: 'Reading the texts', done, total: texts.length, unit: 'steps' })
      rested = performance.now()
    }
    const ids = tokenizer.encode(text).slice(1)
    if (countedTokens + ids.length > MOST_TOKENS) throw tooLarge(input, done, texts.length)
    for (let from = 0; from < ids.length; from += DOCUMENT_TOKENS - 1) {
      const own = ids.slice(from, from + DOCUMENT_TOKENS - 1)
      documents.push({ kind: kinds.indexOf(kind), title, tokens: [bosTokenId, ...own] })
      countedTokens += own.length
    }
  }
  if (countedTokens === 0) {
    throw new UserError({
      title: 'There is no text to build an index of.',
      detail: `${nameOf(input)} holds no tokens.`,
      remedy: 'Give a text of at least a few sentences.',
    })
  }
  const description = input.kind === 'bundled' ? BUNDLED_DESCRIPTION : undefined
  return { name: nameOf(input), description, kinds, documents, countedTokens }
}

function tooLarge(input: CorpusInput, done: number, texts: number): UserError {
  return new UserError({
    title: 'This is too much text for one index.',
    detail: `${nameOf(input)} has more than ${MOST_TOKENS / 1e6} million tokens (after ${done} of ${texts} texts).`,
    remedy: 'Build indexes of parts of it, and merge them: npm run index -- --merge.',
  })
}

function nameOf(input: CorpusInput): string {
  if (input.kind === 'bundled') return 'public-domain texts'
  if (input.kind === 'text') return input.name
  const [first, ...others] = input.files.map(({ name }) => name)
  return others.length > 0 ? `${first ?? ''} and ${others.length} more` : (first ?? 'no file')
}

async function textsOf(input: CorpusInput, bundled: string, signal: AbortSignal): Promise<CorpusText[]> {
  if (input.kind === 'text') return [{ kind: 'text', title: input.name, text: input.text }]
  if (input.kind === 'files') {
    const all = await Promise.all(input.files.map((file) => textsOfFile(file)))
    return all.flat()
  }
  const response = await fetch(bundled, { signal }).catch((error: unknown) => {
    signal.throwIfAborted()
    throw unreadable(bundled, error instanceof Error ? error.message : String(error))
  })
  if (!response.ok) throw unreadable(bundled, `the server answered ${response.status}`)
  return linesOf(await response.text(), 'public-domain.jsonl')
}

/** .txt and .md are one text, .jsonl a text a line, .parquet a text a row. */
async function textsOfFile(file: File): Promise<CorpusText[]> {
  if (file.size > LARGEST) throw unreadable(file.name, `it is larger than ${LARGEST / 1024 / 1024} MB`)
  const kind = /\.([^.]+)$/.exec(file.name)?.[1]?.toLowerCase()
  if (kind === 'parquet') return rowsOf(file)
  const text = await file.text()
  if (text.includes('\0')) throw unreadable(file.name, 'it is not a text')
  return kind === 'jsonl' ? linesOf(text, file.name) : [{ kind: file.name, title: file.name, text }]
}

const Line = v.pipe(
  v.union([
    v.pipe(
      v.string(),
      v.transform((text) => ({ text })),
    ),
    v.object({ text: v.string(), title: v.nullish(v.string()), kind: v.nullish(v.string()) }),
  ]),
  v.transform((line): { text: string; title?: string | null; kind?: string | null } => line),
)

function linesOf(text: string, name: string): CorpusText[] {
  const lines = text.split('\n')
  return lines.flatMap((line, at) =>
    line.trim() === '' ? [] : [parseLine(line, `${name}, line ${at + 1}`, name)],
  )
}

function parseLine(line: string, place: string, name: string): CorpusText {
  let json: unknown
  try {
    json = JSON.parse(line)
  } catch {
    throw unreadable(place, 'it is no JSON')
  }
  return checked(json, place, name)
}

function checked(json: unknown, place: string, name: string): CorpusText {
  const parsed = v.safeParse(Line, json)
  if (!parsed.success) throw unreadable(place, 'it has no "text" that is a string')
  const { text, title, kind } = parsed.output
  return { text, title: title ?? name, kind: kind ?? name }
}

async function rowsOf(file: File): Promise<CorpusText[]> {
  const buffer = {
    byteLength: file.size,
    slice: (start: number, end?: number) => file.slice(start, end).arrayBuffer(),
  }
  let rows: unknown[]
  try {
    rows = await parquetReadObjects({ file: buffer })
  } catch (error) {
    throw unreadable(file.name, error instanceof Error ? error.message : String(error))
  }
  return rows.map((row, at) => checked(row, `${file.name}, row ${at + 1}`, file.name))
}

function unreadable(name: string, why: string): UserError {
  return new UserError({
    title: 'The texts could not be read.',
    detail: `${name}: ${why}.`,
    remedy: 'Give .txt or .md files, .jsonl with a "text" in every line, or .parquet with a column "text".',
  })
}

// Several finished indexes of one source → one, the same as if it had been built from all their documents in order.

import { UserError } from '../lib/errors.ts'
import type { OnProgress } from '../lib/progress.ts'
import { assemble, type IndexHead, type LogitsOf } from './assemble.ts'
import { postingsFile } from './columns.ts'
import { CorpusTokens } from './corpus.ts'
import type { PostingsPart } from './cursor.ts'
import { DocumentsWriter, readDocuments } from './documents.ts'
import type { IndexManifest } from './manifest.ts'
import { damaged } from './parquet-read.ts'
import type { ActivationIndex } from './reader.ts'
import type { IndexStore } from './store.ts'

interface MergeOptions {
  indexes: readonly ActivationIndex[]
  store: IndexStore
  /** Name of the corpus they make together. */
  name: string
  code: string
  created?: Date
  onProgress?: OnProgress
  signal?: AbortSignal
}

/** UserError where they are of different sources or models, or hold only a part of their postings. */
export async function mergeIndexes(options: MergeOptions): Promise<IndexManifest> {
  const { indexes, store, name, code, signal } = options
  const head = headOf(
    indexes.map(({ manifest }) => manifest),
    name,
    code,
  )
  const corpus = new CorpusTokens()
  const documents = new DocumentsWriter(await store.create('documents.parquet'), code)
  const parts: PostingsPart[] = []
  for (const { manifest, files } of indexes) {
    const kinds = manifest.corpus.kinds.map((kind) => head.corpus.kinds.indexOf(kind.name))
    const sources = []
    for (let file = 0; file < manifest.postingsFiles; file += 1) {
      const source = await files.source(postingsFile(file), signal)
      if (!source) throw damaged(postingsFile(file), 'it is missing')
      sources.push(source)
    }
    parts.push({ sources, firstDocument: corpus.documents })
    for await (const document of readDocuments(files, 'documents.parquet', kinds.length, signal)) {
      const kind = kinds[document.kind]
      await documents.add({ ...document, document: corpus.documents, kind })
      corpus.add(kind, document.tokens)
    }
  }
  await documents.finish()
  const pieces = new Map<number, string>()
  for (const index of indexes) for (const [id, piece] of await index.pieces()) pieces.set(id, piece)
  const piece = (id: number): string => pieces.get(id) ?? `<${id}>`
  return assemble({ ...options, head, corpus, parts, piece, logits: await logitsOf(indexes) })
}

/** What features do to the logits has nothing to do with the corpus: any index that says it will do. */
async function logitsOf(indexes: readonly ActivationIndex[]): Promise<LogitsOf | undefined> {
  const known = indexes.find(({ manifest }) => manifest.logits)
  if (!known) return undefined
  const { promoted, logitSkew } = await known.columns(['promoted', 'logitSkew'])
  return async (from, to) => ({ promoted: promoted.slice(from, to), skew: logitSkew.slice(from, to) })
}

function headOf(manifests: readonly IndexManifest[], name: string, code: string): IndexHead {
  const [first] = manifests
  if (!first) throw new RangeError('nothing to merge')
  for (const other of manifests) {
    for (const key of ['model', 'source', 'dSae', 'hook', 'precision'] as const) {
      if (other[key] !== first[key]) {
        throw unmergeable(`${key} is ${String(first[key])} in one and ${String(other[key])} in another`)
      }
    }
    if (other.cap) throw unmergeable(`the index of “${other.corpus.name}” holds only a part of its postings`)
  }
  const { model, source, hook, dSae, precision } = first
  const kinds = [...new Set(manifests.flatMap(({ corpus }) => corpus.kinds.map((kind) => kind.name)))]
  const descriptions = [...new Set(manifests.flatMap(({ corpus }) => corpus.description ?? []))]
  const description = descriptions.length > 0 ? descriptions.join(' ') : undefined
  return { model, source, hook, dSae, precision, corpus: { name, description, kinds }, code }
}

function unmergeable(why: string): UserError {
  return new UserError({
    title: 'These indexes cannot be merged.',
    detail: `Of the two, ${why}.`,
    remedy: 'Merge indexes of one source, built without a cap.',
  })
}

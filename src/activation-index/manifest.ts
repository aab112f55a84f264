// What an activation index says of itself: manifest.json, written last, so that a folder with one is whole.
import * as v from 'valibot'
import { UserError } from '../lib/errors.ts'

/** Tokens of a document, `<bos>` included: what Gemma Scope's dashboards were made on. */
export const DOCUMENT_TOKENS = 128
/** Equal parts of [0, max] from which examples are drawn. */
export const INTERVALS = 5

const count = v.pipe(v.number(), v.safeInteger(), v.minValue(0))

const Manifest = v.object({
  format: v.literal('featurescope-index'),
  version: v.literal(1),
  /** "gemma-2-mini" */
  model: v.string(),
  /** "3-miniscope-res-4k" */
  source: v.string(),
  hook: v.optional(v.string()),
  dSae: count,
  /** How the model's weights were held: "float32", "8-bit" … */
  precision: v.string(),
  corpus: v.object({
    name: v.string(),
    /** What it is, where it is from and its licence, for a person. */
    description: v.optional(v.string()),
    /** What `documents.kind` is a number of, with its counted tokens. */
    kinds: v.array(v.object({ name: v.string(), tokens: count })),
  }),
  documents: count,
  /** Every position, `<bos>` too. */
  tokens: count,
  /** Positions that statistics are over: `<bos>` is not. */
  countedTokens: count,
  /** Always so: `<bos>` is first in every document, and none of its activations is in the index. */
  bos: v.literal('first-of-every-document-not-counted'),
  documentTokens: count,
  /** Firings over all counted tokens, and how many of them are stored as postings. */
  firings: count,
  postings: count,
  /**
   * Where not all are stored, of which documents they are, for every feature: of its `top` strongest firings, of
   * `random` firings drawn of all, and of `perInterval` drawn of each fifth of [0, max].
   */
  cap: v.optional(v.object({ top: count, random: count, perInterval: count })),
  /** Tokens that co-active features were counted over; 0 where they were not. */
  coactiveTokens: count,
  /** Tokens that a feature promotes, and the skew of its logits, are in features.parquet. */
  logits: v.boolean(),
  /** postings-0.parquet … */
  postingsFiles: count,
  /** Version of the code that wrote it, and when. */
  code: v.string(),
  created: v.string(),
})

/** Contents of manifest.json. */
export type IndexManifest = v.InferOutput<typeof Manifest>

/** Validates manifest.json; `name` is what an error calls it. */
export function parseManifest(json: unknown, name: string): IndexManifest {
  const parsed = v.safeParse(Manifest, json)
  if (parsed.success) return parsed.output
  const issue = parsed.issues[0]
  throw new UserError({
    title: 'This is no activation index that can be read here.',
    detail: `${name}: ${v.getDotPath(issue) ?? 'the whole file'}: ${issue.message}.`,
    remedy: 'Open the folder of an index of version 1, as docs/index-format.md describes it.',
  })
}

/** The index must be of the open source: its numbers mean nothing for another. UserError otherwise. */
export function requireSource(manifest: IndexManifest, source: string, dSae: number): void {
  if (manifest.source === source && manifest.dSae === dSae) return
  throw new UserError({
    title: 'This index is of another source.',
    detail: `It is of ${manifest.source} with ${manifest.dSae} features; open is ${source} with ${dSae}.`,
    remedy: `Open ${manifest.source} first, then its index.`,
  })
}

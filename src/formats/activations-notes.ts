// What lies beside activations in words: a JSON file of the user's, or the metadata of a safetensors file.
import * as v from 'valibot'
import type { ByteSource } from '../lib/byte-source.ts'
import { UserError } from '../lib/errors.ts'

/** Tokens of one sequence, or of each. */
type Lists<T> = T[] | T[][]

/** Everything is optional. Lists are given by sequence: [B][T]. */
export interface ActivationsNotes {
  hook?: string
  model?: string
  tokens?: string[][]
  ids?: number[][]
  lengths?: number[]
}

const strings = v.union([v.array(v.string()), v.array(v.array(v.string()))])
const id = v.pipe(v.number(), v.safeInteger(), v.minValue(0))
const ids = v.union([v.array(id), v.array(v.array(id))])

const Notes = v.object({
  hook: v.optional(v.string()),
  hook_name: v.optional(v.string()),
  model: v.optional(v.string()),
  model_name: v.optional(v.string()),
  tokens: v.optional(v.union([strings, ids])),
  str_tokens: v.optional(strings),
  token_strings: v.optional(strings),
  ids: v.optional(ids),
  input_ids: v.optional(ids),
  token_ids: v.optional(ids),
  lengths: v.optional(v.array(id)),
})

/** Metadata of safetensors holds strings only: lists are JSON in it. */
const Metadata = v.object({ __metadata__: v.optional(v.record(v.string(), v.string())) })

/** Reads notes; a bare list is taken for the tokens. UserError naming `name` when they are of another form. */
export function parseNotes(json: unknown, name: string): ActivationsNotes {
  const parsed = v.safeParse(Notes, Array.isArray(json) ? { tokens: json } : json)
  if (!parsed.success) {
    const issue = parsed.issues[0]
    throw new UserError({
      title: `${name} does not describe activations.`,
      detail: `${v.getDotPath(issue) ?? 'The whole'}: ${issue.message}`,
      remedy: 'Give {"hook": "blocks.20.hook_resid_post", "tokens": ["<bos>", …]}, or "ids" for token ids.',
    })
  }
  const n = parsed.output
  // TransformerLens calls token ids "tokens"; which they are, their type tells.
  const plain = n.tokens
  return {
    hook: n.hook ?? n.hook_name,
    model: n.model ?? n.model_name,
    tokens: nested(n.str_tokens ?? n.token_strings ?? (isStrings(plain) ? plain : undefined)),
    ids: nested(n.ids ?? n.input_ids ?? n.token_ids ?? (isStrings(plain) ? undefined : plain)),
    lengths: n.lengths,
  }
}

/** The notes in a safetensors file's own `__metadata__`; empty where it has none. */
export async function safetensorsNotes(source: ByteSource, signal?: AbortSignal): Promise<ActivationsNotes> {
  const prefix = await source.read(0, 8, signal)
  const length = Number(new DataView(prefix.buffer, prefix.byteOffset, 8).getBigUint64(0, true))
  const header: unknown = JSON.parse(new TextDecoder().decode(await source.read(8, length, signal)))
  const parsed = v.safeParse(Metadata, header)
  const metadata = parsed.success ? parsed.output.__metadata__ : undefined
  if (!metadata) return {}
  // Other programs write what they like here: only the fields that can be read as notes count.
  const fields = Object.entries(metadata)
    .map(([key, text]) => ({ [key]: listOf(text) }))
    .filter((field) => v.is(Notes, field))
  return parseNotes(Object.assign({}, ...fields), source.name)
}

function listOf(text: string): unknown {
  if (!text.startsWith('[')) return text
  try {
    return JSON.parse(text)
  } catch {
    return text
  }
}

function isStrings(lists: Lists<string> | Lists<number> | undefined): lists is Lists<string> {
  const first = lists?.flat()[0]
  return typeof first === 'string'
}

function nested<T extends string | number>(lists: Lists<T> | undefined): T[][] | undefined {
  if (!lists || lists.length === 0) return undefined
  const inner: T[][] = []
  const flat: T[] = []
  for (const item of lists) {
    if (Array.isArray(item)) inner.push(item)
    else flat.push(item)
  }
  return inner.length > 0 ? inner : [flat]
}

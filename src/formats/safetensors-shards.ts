// A model in several safetensors files with an index that says which tensor is in which.
// Format: https://huggingface.co/docs/transformers/big_models#sharded-checkpoints
import * as v from 'valibot'
import type { ByteSource } from '../lib/byte-source.ts'
import { UserError } from '../lib/errors.ts'
import type { ArrayEntry } from './array.ts'
import { readSafetensors } from './safetensors.ts'

/** Files beside the index: no paths out of its folder. */
const shard = v.pipe(v.string(), v.regex(/^[\w.-]+\.safetensors$/))
const Index = v.object({ weight_map: v.record(v.string(), shard) })
/** Shards whose headers are read at the same time. */
const AT_ONCE = 4
const MAX_SHARDS = 1000

/**
 * Opens every tensor that the parsed `index` (named `name` in errors) lists. `open` gives a file beside it, and
 * rejects where it is absent. All headers are read now, because an entry tells its shape without waiting; data are
 * read by range as ever. UserError unless index and shards name the same tensors in the same files.
 */
export async function readShardedSafetensors(
  open: (file: string) => Promise<ByteSource>,
  index: unknown,
  name: string,
  signal?: AbortSignal,
): Promise<Map<string, ArrayEntry>> {
  const fail = (detail: string): UserError =>
    new UserError({
      title: `${name} does not fit its files.`,
      detail,
      remedy: 'Fetch the index and all the files it names again, from the same revision.',
    })
  const parsed = v.safeParse(Index, index)
  if (!parsed.success) {
    const issue = parsed.issues[0]
    throw fail(`${v.getDotPath(issue) ?? 'The whole'}: ${issue.message}.`)
  }
  const placed = new Map(Object.entries(parsed.output.weight_map))
  const files = [...new Set(placed.values())].sort()
  if (files.length === 0) throw fail('It names no tensor.')
  if (files.length > MAX_SHARDS)
    throw fail(`It names ${files.length} files; ${MAX_SHARDS} at most are opened.`)

  const arrays = new Map<string, ArrayEntry>()
  for (let first = 0; first < files.length; first += AT_ONCE) {
    const opening = files.slice(first, first + AT_ONCE).map(async (file) => {
      const entries = await readSafetensors(await open(file), signal)
      return { file, entries }
    })
    for (const { file, entries } of await Promise.all(opening)) {
      for (const [tensor, entry] of entries) {
        const wanted = placed.get(tensor)
        if (wanted !== file)
          throw fail(
            `${file} holds "${tensor}", which the index ${wanted ? `puts into ${wanted}` : 'does not name'}.`,
          )
        arrays.set(tensor, entry)
      }
    }
  }
  for (const [tensor, file] of placed) {
    if (!arrays.has(tensor)) throw fail(`The index puts "${tensor}" into ${file}, which does not hold it.`)
  }
  return arrays
}

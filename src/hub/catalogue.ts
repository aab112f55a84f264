// The SAEs the page can open by name: the bundled hub's catalogue.json, validated.
import * as v from 'valibot'
import { UserError } from '../lib/errors.ts'
import { type Hook, parseHook } from '../lib/hook.ts'

const count = v.pipe(v.number(), v.safeInteger(), v.minValue(0))
const hook = v.pipe(
  v.string(),
  v.check((name) => parseHook(name) !== undefined, 'a hook name'),
  v.transform((name) => name as Hook),
)

const Entry = v.object({
  repo: v.string(),
  path: v.string(),
  model: v.string(),
  modelRepo: v.string(),
  source: v.string(),
  site: v.picklist(['res', 'att', 'mlp', 'transcoder']),
  layer: count,
  width: count,
  dIn: count,
  dOut: count,
  hookIn: hook,
  hookOut: hook,
  l0: v.number(),
  fvu: v.optional(v.number()),
  ceRecovered: v.optional(v.number()),
  deadShare: v.optional(v.number()),
  /** Addresses of .npy files beside the SAE: firing share and highest activation of every feature. */
  density: v.optional(v.string()),
  maxActivation: v.optional(v.string()),
  /** Folder of its activation index, ending in "/". */
  index: v.optional(v.string()),
  bytes: count,
  default: v.optional(v.boolean()),
})

/** A bundled SAE; `release` is where it comes from, which the file need not say. */
export type CatalogueRow = v.InferOutput<typeof Entry> & { release: 'bundled' }

/** Validates catalogue.json; `name` is what an error calls it. */
export function parseCatalogue(json: unknown, name: string): CatalogueRow[] {
  const parsed = v.safeParse(v.array(Entry), json)
  if (parsed.success) return parsed.output.map((entry) => ({ release: 'bundled', ...entry }))
  const issue = parsed.issues[0]
  throw new UserError({
    title: 'The catalogue of SAEs could not be read.',
    detail: `${name}: ${v.getDotPath(issue) ?? 'the whole file'}: ${issue.message}.`,
    remedy: 'Reload the page; if it stays, this copy of Featurescope is damaged.',
  })
}

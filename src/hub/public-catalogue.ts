// All SAEs of Gemma Scope and Gemma Scope 2, expanded from the compact list tools/catalogue/build.mjs writes.
import * as v from 'valibot'
import type { CatalogueEntry, Site } from '../lib/catalogue-entry.ts'
import { UserError } from '../lib/errors.ts'
import type { Hook } from '../lib/hook.ts'
import { repoName } from '../lib/runnable-models.ts'

/** L0s separated by spaces; "*" marks the canonical pick, "+" what is on Neuronpedia without being one. */
const l0s = v.pipe(v.string(), v.regex(/^(-|\d+[*+]?)( (-|\d+[*+]?))*$/, 'a list of L0s'))

const Compact = v.object({
  gemmaScope: v.array(
    /** By width, then layer or "embedding". */
    v.object({ repo: v.string(), saes: v.record(v.string(), v.record(v.string(), l0s)) }),
  ),
  gemmaScope2: v.array(
    v.object({
      repo: v.string(),
      /** By folder, then the rest of the name, "16k_l0_big_affine"; one L0 a layer, "-" where there is none. */
      folders: v.record(
        v.string(),
        v.object({ layers: v.array(v.number()), saes: v.record(v.string(), l0s) }),
      ),
    }),
  ),
})

/** A model the SAEs were trained on: its id on Neuronpedia, its repository, and the widths of its tensors. */
interface Model {
  id: string
  repo: string
  dModel: number
  /** heads · head_dim, the width of hook_z */
  dHeads: number
}

/** By the part of a Gemma Scope repository's name that says the model. 2B's own repository is gated: a mirror is not. */
const GEMMA_2: Record<string, Model> = {
  '2b-pt': { id: 'gemma-2-2b', repo: 'unsloth/gemma-2-2b', dModel: 2304, dHeads: 2048 },
  '9b-pt': { id: 'gemma-2-9b', repo: 'google/gemma-2-9b', dModel: 3584, dHeads: 4096 },
  '9b-it': { id: 'gemma-2-9b-it', repo: 'google/gemma-2-9b-it', dModel: 3584, dHeads: 4096 },
  '27b-pt': { id: 'gemma-2-27b', repo: 'google/gemma-2-27b', dModel: 4608, dHeads: 4096 },
}

const GEMMA_3: Record<string, Pick<Model, 'dModel' | 'dHeads'>> = {
  '270m': { dModel: 640, dHeads: 1024 },
  '1b': { dModel: 1152, dHeads: 1024 },
  '4b': { dModel: 2560, dHeads: 2048 },
  '12b': { dModel: 3840, dHeads: 4096 },
  '27b': { dModel: 5376, dHeads: 4096 },
}

const WIDTHS: Record<string, number> = {
  '4k': 4096,
  '16k': 16384,
  '32k': 32768,
  '65k': 65536,
  '131k': 131072,
  '262k': 262144,
  '524k': 524288,
  '1m': 1048576,
}

/** Bytes of a params.npz beside its numbers, and about those of a params.safetensors. */
const HEADER = { npz: 1240, safetensors: 400 }

/** Validates and expands public-catalogue.json; `name` is what an error calls it. In order of model, site, layer, width, L0. */
export function parsePublicCatalogue(json: unknown, name: string): CatalogueEntry[] {
  const parsed = v.safeParse(Compact, json)
  if (!parsed.success) {
    const issue = parsed.issues[0]
    throw damaged(name, `${v.getDotPath(issue) ?? 'the whole file'}: ${issue.message}`)
  }
  try {
    const { gemmaScope, gemmaScope2 } = parsed.output
    const rows = [...gemmaScope.flatMap(expandFirst), ...gemmaScope2.flatMap(expandSecond)]
    const model = ranks(rows.map((row) => `${row.release} ${row.model}`).sort(byNumbers))
    return rows.sort(
      (a, b) =>
        (model.get(`${a.release} ${a.model}`) ?? 0) - (model.get(`${b.release} ${b.model}`) ?? 0) ||
        SITES.indexOf(a.site) - SITES.indexOf(b.site) ||
        (a.layer ?? -1) - (b.layer ?? -1) ||
        a.width - b.width ||
        a.l0 - b.l0 ||
        byNumbers(a.source, b.source),
    )
  } catch (error) {
    throw damaged(name, error instanceof Error ? error.message : String(error))
  }
}

const SITES: readonly Site[] = ['res', 'mlp', 'att', 'transcoder', 'embedding']

type First = v.InferOutput<typeof Compact>['gemmaScope'][number]
type Second = v.InferOutput<typeof Compact>['gemmaScope2'][number]

/** google/gemma-scope-{model}-{res|mlp|att|transcoders} */
function expandFirst({ repo, saes }: First): CatalogueEntry[] {
  const match = /\/gemma-scope-(\d+b-(?:pt|it))-(res|mlp|att|transcoder)s?$/.exec(repo)
  const model = known(GEMMA_2, match?.[1], repo)
  const named = match?.[2] ?? ''
  return each(saes).flatMap(([widthName, layers]) =>
    each(layers).flatMap(([layerName, list]) =>
      list.split(' ').map((item): CatalogueEntry => {
        const { l0, mark } = parseItem(item)
        const embedding = layerName === 'embedding'
        const layer = embedding ? undefined : Number(layerName)
        const site = embedding ? 'embedding' : toSite(named)
        const width = known(WIDTHS, widthName, repo)
        const dIn = site === 'att' ? model.dHeads : model.dModel
        // Neuronpedia's rule; each layer has one transcoder, so its id needs no L0.
        const pick = mark === '*' || site === 'transcoder'
        const source = `${layerName}-gemmascope-${named}-${widthName}${pick ? '' : `__l0-${l0}`}`
        return {
          release: 'gemma-scope',
          repo,
          path: `${embedding ? '' : 'layer_'}${layerName}/width_${widthName}/average_l0_${l0}/params.npz`,
          ...{ model: model.id, modelRepo: model.repo, source, site, layer, width, dIn, l0 },
          hookIn: layer === undefined ? undefined : hookIn(site, layer),
          hookOut: layer === undefined ? undefined : hookOut(site, layer),
          bytes: 4 * parameters(dIn, width, false) + HEADER.npz,
          canonical: mark === '*' || undefined,
          neuronpedia: mark && `${model.id}/${source}`,
        }
      }),
    ),
  )
}

const FOLDERS: Record<string, Site> = {
  resid_post: 'res',
  mlp_out: 'mlp',
  attn_out: 'att',
  transcoder: 'transcoder',
}

/** google/gemma-scope-2-{size}-{pt|it}, folders {site}[_all]/layer_{L}_width_{W}_l0_{…} */
function expandSecond({ repo, folders }: Second): CatalogueEntry[] {
  const match = /\/gemma-scope-2-(\d+[bm])-(pt|it)$/.exec(repo)
  const size = match?.[1]
  const { dModel, dHeads } = known(GEMMA_3, size, repo)
  const it = match?.[2] === 'it'
  const model = `gemma-3-${size}${it ? '-it' : ''}`
  const modelRepo = `google/${repoName(model)}`
  return each(folders).flatMap(([folder, { layers, saes }]) => {
    const all = folder.endsWith('_all')
    const site = known(FOLDERS, folder.replace(/_all$/, ''), repo)
    // attn_out reads the input of o_proj, as SAELens' loader has it.
    const dIn = site === 'att' ? dHeads : dModel
    return each(saes).flatMap(([variant, list]) => {
      const [widthName, size0] = variant.split('_l0_')
      const width = known(WIDTHS, widthName, repo)
      const affine = variant.endsWith('_affine')
      const bytes = 4 * parameters(dIn, width, affine) + HEADER.safetensors
      return list.split(' ').flatMap((item, at): CatalogueEntry[] => {
        if (item === '-') return []
        const { l0, mark } = parseItem(item)
        const layer = layers[at]
        if (layer === undefined) throw new Error(`${repo}/${folder}: more L0s than layers`)
        const own = `${layer}-gemmascope-2-${site}`
        const source = mark
          ? `${own}-${widthName}`
          : `${own}${all ? '-all' : ''}-${widthName}__l0-${size0.replaceAll('_', '-')}`
        return [
          {
            release: 'gemma-scope-2',
            repo,
            path: `${folder}/layer_${layer}_width_${variant}/params.safetensors`,
            ...{ model, modelRepo, source, site, layer, width, dIn, l0, bytes },
            // A transcoder's input has the norm's gain in it, and attention's hook is named by the SAE's own config.
            hookIn: site === 'res' || site === 'mlp' ? hookIn(site, layer) : undefined,
            hookOut: site === 'att' ? undefined : hookOut(site, layer),
            neuronpedia: mark && `${model}/${source}`,
          },
        ]
      })
    })
  })
}

function hookIn(site: Site, layer: number): Hook {
  if (site === 'transcoder') return `blocks.${layer}.ln2.hook_normalized`
  return hookOut(site, layer)
}

function hookOut(site: Site, layer: number): Hook {
  if (site === 'att') return `blocks.${layer}.attn.hook_z`
  return site === 'res' ? `blocks.${layer}.hook_resid_post` : `blocks.${layer}.hook_mlp_out`
}

/** W_enc, W_dec, b_enc, threshold and b_dec; every release's SAEs write as wide as they read. */
function parameters(dIn: number, width: number, affine: boolean): number {
  return 2 * dIn * width + 2 * width + dIn + (affine ? dIn * dIn : 0)
}

function parseItem(item: string): { l0: number; mark: string | undefined } {
  return { l0: Number.parseInt(item, 10), mark: /[*+]$/.exec(item)?.[0] }
}

function toSite(name: string): Site {
  const site = SITES.find((candidate) => candidate === name)
  if (site) return site
  throw new Error(`"${name}" is no site`)
}

function known<T>(table: Record<string, T>, key: string | undefined, where: string): T {
  if (key !== undefined && Object.hasOwn(table, key)) return table[key]
  throw new Error(`${where}: nothing is known of "${key}"`)
}

const each = <T>(record: Record<string, T>): [string, T][] => Object.entries(record)

const COLLATOR = new Intl.Collator('en', { numeric: true })
const byNumbers = (a: string, b: string): number => COLLATOR.compare(a, b)

/** Model sizes ascend, 270m before 1b. */
function ranks(sorted: readonly string[]): Map<string, number> {
  const models = [...new Set(sorted)].sort((a, b) => sizeOf(a) - sizeOf(b))
  return new Map(models.map((model, at) => [model, at]))
}

function sizeOf(model: string): number {
  const match = /gemma-(\d)-(\d+)([bm])/.exec(model)
  if (!match) return 0
  return Number(match[1]) * 1e6 + Number(match[2]) * (match[3] === 'b' ? 1000 : 1)
}

function damaged(name: string, detail: string): UserError {
  return new UserError({
    title: 'The list of public SAEs could not be read.',
    detail: `${name}: ${detail}.`,
    remedy: 'Reload the page; if it stays, this copy of Featurescope is damaged.',
  })
}

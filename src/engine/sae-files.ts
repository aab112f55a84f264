// From what the user named (a source, a reference, an address, local files) to an SAE's arrays and what is known of it.
import type { ArrayFile } from '../formats/array.ts'
import type { CatalogueRow } from '../hub/catalogue.ts'
import { type FileSet, parseJson } from '../hub/file-set.ts'
import type { Hub } from '../hub/hub.ts'
import { UserError } from '../lib/errors.ts'
import type { Activation } from '../sae/activation.ts'
import { foldDecoderBias } from '../sae/fold.ts'
import type { Lists } from './catalogues.ts'
import type { SaeInfo } from './protocol.ts'
import { chooseSae, readConfigBeside } from './sae-choice.ts'
import { parseSaeConfig, type SaeConfig, unsupported } from './sae-config.ts'
import { type ScopePlace, scopePlace } from './scope-path.ts'

/** What is known of the SAE before its numbers are read. */
type SaeIdentity = Pick<
  SaeInfo,
  'source' | 'repo' | 'path' | 'model' | 'site' | 'layer' | 'hookIn' | 'hookOut' | 'published'
>

export interface SaeFiles extends SaeIdentity {
  /** Its row in the bundled catalogue, where it has one. */
  row: CatalogueRow | undefined
  /** In the form every backend computes: nothing is subtracted from the input. */
  arrays: ArrayFile
  activation: Activation
  /** The repo's other files, by path from the repo's root. */
  beside: FileSet
}

/** Opens a catalogue source ("3-miniscope-res-4k" or "repo/path"), a reference, an address, or local files. */
export async function openSaeFiles(
  asked: string | File[],
  lists: Lists,
  hub: Hub,
  signal: AbortSignal,
): Promise<SaeFiles> {
  const bundled = typeof asked === 'string' ? await lists.bundled() : []
  const row = bundled.find((entry) => entry.source === asked || `${entry.repo}/${entry.path}` === asked)
  if (row) return openRow(row, hub.bundled(row.repo), signal)
  if (typeof asked === 'string' && !/[/:]/.test(asked)) throw noSource(asked, bundled)
  const { set, file } = await hub.locate(asked, signal)
  const { path, arrays } = await chooseSae(set, file, signal)
  const beside = await readConfigBeside(set, path, signal)
  const config = beside && parseSaeConfig(parseJson(beside.text, beside.name), beside.name)
  const place = scopePlace(`${set.name}/${path}`)
  const named =
    typeof asked === 'string' ? await nameOf(asked, set, path, place && lists.published) : undefined
  return {
    ...{
      source: path.slice(path.lastIndexOf('/') + 1),
      repo: set.name,
      path,
      published: undefined,
      ...named,
    },
    ...identityOf(config, place, named),
    ...{ row: undefined, beside: set },
    ...prepared(arrays, config, beside?.name ?? path),
  }
}

async function openRow(row: CatalogueRow, beside: FileSet, signal: AbortSignal): Promise<SaeFiles> {
  const { repo, path, model, site, layer, hookIn, hookOut, l0, fvu, ceRecovered, deadShare } = row
  return {
    ...{ source: row.source, repo, path, model, site, layer, hookIn, hookOut, row, beside },
    published: { l0, fvu, ceRecovered, deadShare },
    activation: { kind: 'jumprelu' },
    arrays: (await chooseSae(beside, path, signal)).arrays,
  }
}

/** Hooks as the configuration, else the catalogue, else the path says; the rest as the catalogue says first. */
function identityOf(
  config: SaeConfig | undefined,
  place: ScopePlace | undefined,
  row: Partial<SaeIdentity> | undefined,
): Pick<SaeIdentity, 'model' | 'site' | 'layer' | 'hookIn' | 'hookOut'> {
  const hookIn = config?.hookIn ?? row?.hookIn ?? place?.hookIn
  return {
    model: row?.model ?? place?.model ?? config?.model,
    site: row?.site ?? place?.site ?? config?.site,
    layer: row?.layer ?? place?.layer ?? config?.layer,
    hookIn,
    hookOut: config?.hookOut ?? row?.hookOut ?? place?.hookOut ?? hookIn,
  }
}

/** The name by which the SAE can be opened again, and what the public catalogue says of it. */
async function nameOf(
  asked: string,
  set: FileSet,
  path: string,
  published: Lists['published'] | undefined,
): Promise<Partial<SaeIdentity>> {
  const reference = asked.trim()
  const whole = `${set.name}/${path}`
  const repo = /^[^/:]+\/[^/:]+(?=\/)/.exec(whole)?.[0]
  const source = /^(hf:|https?:)/i.test(reference) ? reference : `hf:${reference}`
  if (repo === undefined) return { source }
  const inRepo = { source, repo, path: whole.slice(repo.length + 1) }
  // Without the list the SAE opens all the same, under its own name.
  const rows = (await published?.().catch(() => undefined)) ?? []
  const row = rows.find((entry) => entry.repo === inRepo.repo && entry.path === inRepo.path)
  if (!row) return inRepo
  const { model, site, layer, hookIn, hookOut, l0 } = row
  return { ...inRepo, source: row.source, model, site, layer, hookIn, hookOut, published: { l0 } }
}

/** The arrays in folded form, and the activation function. UserError where configuration and arrays disagree. */
function prepared(
  arrays: ArrayFile,
  config: SaeConfig | undefined,
  name: string,
): Pick<SaeFiles, 'arrays' | 'activation'> {
  const threshold = arrays.has('threshold')
  const activation = config?.activation ?? (config && !threshold ? { kind: 'relu' } : { kind: 'jumprelu' })
  if (!config) return { arrays, activation }
  const shape = (arrays.get('W_enc') ?? arrays.get('w_enc'))?.shape
  const wanted = [config.dIn ?? shape?.[0], config.dSae ?? shape?.[1]]
  if (shape && (shape[0] !== wanted[0] || shape[1] !== wanted[1])) {
    throw unsupported(
      name,
      `It describes an SAE of [${wanted.join(', ')}], and the weights are [${shape.join(', ')}]: they belong to others.`,
    )
  }
  if (config.scalesFeatures && arrays.has('scaling_factor')) {
    throw unsupported(name, 'It multiplies its features by a fine-tuned scaling_factor.')
  }
  if (config.hasSkip && !arrays.has('affine_skip_connection')) {
    throw unsupported(name, 'It has an affine connection, and the weights hold no affine_skip_connection.')
  }
  return { arrays: config.subtractsDecoderBias ? foldDecoderBias(arrays, name) : arrays, activation }
}

function noSource(asked: string, bundled: readonly CatalogueRow[]): UserError {
  return new UserError({
    title: `There is no source "${asked}".`,
    detail: `This page has ${bundled.map((entry) => entry.source).join(', ')}.`,
    remedy: 'Choose one of these, or name an SAE of the hub (owner/repo/path), an address, or a local file.',
  })
}

// From what the user named (a repo of the bundled hub, an address, local files) to a model's parts.
import type { ArrayFile } from '../formats/array.ts'
import { readSafetensors } from '../formats/safetensors.ts'
import { readShardedSafetensors } from '../formats/safetensors-shards.ts'
import { type FileSet, parseJson } from '../hub/file-set.ts'
import type { Hub } from '../hub/hub.ts'
import type { ByteSource } from '../lib/byte-source.ts'
import { UserError } from '../lib/errors.ts'
import type { WeightCache } from '../lib/weight-cache.ts'
import { type GemmaConfig, parseGemmaConfig } from '../model/config.ts'
import { type GemmaTokenizer, openTokenizer } from '../model/tokenizer.ts'
import type { ModelInfo } from './protocol.ts'

/** Version of the layout packed weights are kept in; another one leaves what is kept behind. */
const PACKED_FORMAT = 'blocks of 32, 1'

const INDEX = 'model.safetensors.index.json'

export interface ModelFiles {
  /** Neuronpedia-style id, the repo's last part. */
  id: string
  repo: string
  config: GemmaConfig
  weights: ArrayFile
  /** The folder all is in. */
  set: FileSet
  /** The files the weights are in. */
  sources: ByteSource[]
  tokenizerBytes: number | undefined
  /** Undefined where there is none, or where it was not asked for. */
  tokenizer: GemmaTokenizer | undefined
}

/** Opens `config.json`, the headers of `model.safetensors` or its shards and, where there is one, `tokenizer.json`. */
export async function openModelFiles(
  asked: string | File[],
  hub: Hub,
  signal: AbortSignal,
  { headersOnly = false } = {},
): Promise<ModelFiles> {
  const { set } = await hub.locate(typeof asked === 'string' ? folderOf(asked) : asked, signal)
  const repo = typeof asked === 'string' ? asked.replace(/\/$/, '') : set.name
  const configText = await set.text('config.json', signal)
  const opened = await openWeights(set, signal)
  if (!configText || !opened) {
    throw new UserError({
      title: `There is no model "${repo}".`,
      detail: `No ${configText ? 'model.safetensors' : 'config.json'} in ${set.name}.`,
      remedy:
        'A model is a folder with config.json, model.safetensors (or its shards with model.safetensors.index.json) ' +
        'and tokenizer.json.',
    })
  }
  const config = parseGemmaConfig(parseJson(configText, 'config.json'))
  const files: ModelFiles = {
    ...{ id: repo.slice(repo.lastIndexOf('/') + 1), repo, config, set, ...opened },
    tokenizerBytes: headersOnly ? (await set.find('tokenizer.json', signal))?.size : undefined,
    tokenizer: undefined,
  }
  return headersOnly ? files : withTokenizer(files, signal)
}

/** The same files with the tokenizer read, where there is one. */
export async function withTokenizer(files: ModelFiles, signal: AbortSignal): Promise<ModelFiles> {
  const { set } = files
  const text = await set.text('tokenizer.json', signal)
  if (!text) return files
  const configText = await set.text('tokenizer_config.json', signal)
  return {
    ...files,
    tokenizerBytes: files.tokenizerBytes ?? new TextEncoder().encode(text).length,
    tokenizer: openTokenizer(
      parseJson(text, 'tokenizer.json'),
      configText ? parseJson(configText, 'tokenizer_config.json') : undefined,
    ),
  }
}

/** The weights in one file, or in the shards that an index lists; undefined where there is neither. */
async function openWeights(
  set: FileSet,
  signal: AbortSignal,
): Promise<Pick<ModelFiles, 'weights' | 'sources'> | undefined> {
  const source = await set.find('model.safetensors', signal)
  if (source) return { weights: await readSafetensors(source, signal), sources: [source] }
  const text = await set.text(INDEX, signal)
  if (text === undefined) return undefined
  const sources: ByteSource[] = []
  const open = async (file: string): Promise<ByteSource> => {
    const shard = await set.find(file, signal)
    if (shard) {
      sources.push(shard)
      return shard
    }
    throw new UserError({
      title: 'A part of the model is missing.',
      detail: `${INDEX} names ${file}, which is not in ${set.name}.`,
      remedy: 'Give all the files that the index names.',
    })
  }
  const weights = await readShardedSafetensors(open, parseJson(text, INDEX), INDEX, signal)
  return { weights, sources }
}

/** Where packed weights of this model are kept between visits; undefined for local and bundled ones. */
export function weightCacheOf({ repo, sources }: ModelFiles, hub: Hub): WeightCache | undefined {
  return hub.weightCache(repo, sources, PACKED_FORMAT)
}

/** What the page is told of a model. */
export function describeModel({ id, repo, config, tokenizerBytes }: ModelFiles): ModelInfo {
  return {
    id,
    repo,
    layers: config.numHiddenLayers,
    hiddenSize: config.hiddenSize,
    headsWidth: config.numAttentionHeads * config.headDim,
    vocabSize: config.vocabSize,
    contextLength: config.maxPositionEmbeddings,
    bosTokenId: config.bosTokenId,
    architecture: config.architecture,
    hasTokenizer: tokenizerBytes !== undefined,
  }
}

/** An address of a folder ends in "/"; people leave it out. */
function folderOf(asked: string): string {
  return /^https?:\/\//.test(asked) && !asked.endsWith('/') ? `${asked}/` : asked
}

// From what the user named (a repo of the bundled hub, an address, local files) to a model's parts.
import type { ArrayFile } from '../formats/array.ts'
import { readSafetensors } from '../formats/safetensors.ts'
import { type FileSet, httpFolder, localFiles, parseJson } from '../hub/file-set.ts'
import type { Received } from '../hub/http-source.ts'
import { UserError } from '../lib/errors.ts'
import { type GemmaConfig, parseGemmaConfig } from '../model/config.ts'
import { type GemmaTokenizer, openTokenizer } from '../model/tokenizer.ts'
import type { ModelInfo } from './protocol.ts'

export interface ModelFiles {
  /** Neuronpedia-style id, the repo's last part. */
  id: string
  repo: string
  config: GemmaConfig
  weights: ArrayFile
  tokenizer: GemmaTokenizer | undefined
}

/** Opens `config.json`, the header of `model.safetensors` and, where there is one, `tokenizer.json`. */
export async function openModelFiles(
  asked: string | File[],
  hubBase: string,
  received: Received,
  signal: AbortSignal,
): Promise<ModelFiles> {
  const set = typeof asked === 'string' ? namedFolder(asked, hubBase, received) : localFiles(asked)
  const repo = typeof asked === 'string' ? asked.replace(/\/$/, '') : set.name
  const configText = await set.text('config.json', signal)
  const source = await set.find('model.safetensors', signal)
  if (!configText || !source) {
    throw new UserError({
      title: `There is no model "${repo}".`,
      detail: `No ${configText ? 'model.safetensors' : 'config.json'} in ${set.name}.`,
      remedy: 'A model is a folder with config.json, model.safetensors and tokenizer.json.',
    })
  }
  const config = parseGemmaConfig(parseJson(configText, 'config.json'))
  const tokenizerText = await set.text('tokenizer.json', signal)
  const tokenizerConfigText = tokenizerText && (await set.text('tokenizer_config.json', signal))
  return {
    id: repo.slice(repo.lastIndexOf('/') + 1),
    repo,
    config,
    weights: await readSafetensors(source, signal),
    tokenizer: tokenizerText
      ? openTokenizer(
          parseJson(tokenizerText, 'tokenizer.json'),
          tokenizerConfigText ? parseJson(tokenizerConfigText, 'tokenizer_config.json') : undefined,
        )
      : undefined,
  }
}

/** What the page is told of a model. */
export function describeModel({ id, repo, config, tokenizer }: ModelFiles): ModelInfo {
  return {
    id,
    repo,
    layers: config.numHiddenLayers,
    hiddenSize: config.hiddenSize,
    vocabSize: config.vocabSize,
    contextLength: config.maxPositionEmbeddings,
    bosTokenId: config.bosTokenId,
    hasTokenizer: tokenizer !== undefined,
  }
}

function namedFolder(name: string, hubBase: string, received: Received): FileSet {
  if (/^https?:\/\//.test(name)) return httpFolder(name.endsWith('/') ? name : `${name}/`, received)
  if (/^[\w.-]+\/[\w.-]+$/.test(name)) return httpFolder(new URL(`${name}/`, hubBase).href, received)
  throw new UserError({
    title: `"${name}" names no model.`,
    detail: 'A model is named by its repository ("featurescope/gemma-2-mini") or by an address.',
    remedy: 'Check the name.',
  })
}

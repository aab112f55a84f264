// What a forward pass is asked for: ids the model has, and hooks as the blocks that have to run for them.
import { UserError } from '../lib/errors.ts'
import { type Hook, type HookSite, parseHook } from '../lib/hook.ts'
import type { Cut } from './block-runner.ts'
import type { GemmaConfig } from './config.ts'
import { SITES } from './graph.ts'

/** What one block is asked for: its deepest site, and the hooks to hand out. */
export interface BlockPlan extends Cut {
  hooks: Map<HookSite, Hook>
}

/** Blocks 0 to the deepest hook's, each cut as early as the hooks allow. Throws UserError for a hook that is not there. */
export function planBlocks(hooks: readonly Hook[], config: GemmaConfig): BlockPlan[] {
  const asked = hooks.map((hook) => {
    const parsed = parseHook(hook)
    if (parsed && parsed.layer < config.numHiddenLayers) return parsed
    throw new UserError({
      title: `This model has no hook "${hook}".`,
      detail: `It has the layers 0 to ${config.numHiddenLayers - 1}.`,
      remedy: 'Choose a source made for this model.',
    })
  })
  const deepest = Math.max(-1, ...asked.map(({ layer }) => layer))
  return Array.from({ length: deepest + 1 }, (_, layer) => {
    const here = new Map(asked.filter((hook) => hook.layer === layer).map(({ site, hook }) => [site, hook]))
    const lastSite = SITES.findLast((site) => here.has(site)) ?? 'hook_resid_post'
    return { layer, until: layer < deepest ? 'hook_resid_post' : lastSite, hooks: here }
  })
}

/** Throws UserError for ids and lengths the model does not have. */
export function checkIds(ids: readonly number[], config: GemmaConfig): void {
  if (ids.length === 0) {
    throw new UserError({
      title: 'There is nothing to run.',
      detail: 'The list of token ids is empty.',
      remedy: `Give at least <bos>, id ${config.bosTokenId}.`,
    })
  }
  if (ids.length > config.maxPositionEmbeddings) {
    throw new UserError({
      title: 'The text is too long for this model.',
      detail: `It has ${ids.length} tokens; the model reads at most ${config.maxPositionEmbeddings}.`,
      remedy: 'Shorten it.',
    })
  }
  const wrong = ids.findIndex((id) => !Number.isSafeInteger(id) || id < 0 || id >= config.vocabSize)
  if (wrong >= 0) {
    throw new UserError({
      title: 'A token id is not in the vocabulary.',
      detail: `Position ${wrong} is ${ids[wrong]}; ids are whole numbers from 0 to ${config.vocabSize - 1}.`,
      remedy: 'Use ids made by this model’s own tokenizer.',
    })
  }
}

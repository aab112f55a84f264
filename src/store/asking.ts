// Questions about a run that may need parts of the model that are not here: what that takes is said first, and fetched
// when it is agreed to.
import type { CallOptions } from '../engine/client.ts'
import { isAbort, toUserError, UserError } from '../lib/errors.ts'
import type { Hook } from '../lib/hook.ts'
import { isOfHub, SMALL_DOWNLOAD, takenBy } from './model-slice.ts'
import type { AppState, Asked, Services } from './types.ts'

interface Question<T> {
  /** What the model has to reach, and whether the whole embedding is needed. */
  hooks: Hook[]
  vocabulary: boolean
  answer(call: CallOptions): Promise<T>
}

interface Asking {
  /**
   * Looks at what a question needs, asks back where that is a large download and not `agreed` to, and answers it. The
   * newest question of a `kind` takes the place of the one before.
   */
  ask<T>(
    kind: string,
    agreed: boolean,
    prepare: () => Promise<Question<T>>,
    tell: (state: Asked<T>) => void,
  ): Promise<void>
  cancel(kind: string): void
}

export function asking(get: () => AppState, { client }: Services): Asking {
  const current = new Map<string, AbortController>()
  /** Models whose embedding somebody has agreed to fetch. */
  const vocabularies = new Set<string>()

  /** Bytes still to be fetched; of an embedding at most, as parts of it may be stored. */
  async function bytesOf(
    { hooks, vocabulary }: Omit<Question<unknown>, 'answer'>,
    signal: AbortSignal,
  ): Promise<number> {
    const { model, choice } = get()
    if (!model || !isOfHub(get()) || hooks.length === 0) return 0
    const plan = await client.planModel(model.repo, hooks, { signal })
    const taken = takenBy(choice, plan)
    if (taken.refused) throw new UserError(taken.refused.reason)
    return taken.download + (vocabulary && !vocabularies.has(model.repo) ? plan.vocabularyBytes : 0)
  }

  return {
    cancel: (kind) => current.get(kind)?.abort(),

    ask: async (kind, agreed, prepare, tell) => {
      current.get(kind)?.abort()
      const abort = new AbortController()
      current.set(kind, abort)
      const since = performance.now()
      const tellLatest: typeof tell = (state) => {
        if (current.get(kind) === abort) tell(state)
      }
      tellLatest({ status: 'loading', label: 'Looking at what this needs', progress: undefined, since })
      try {
        const { answer, ...needs } = await prepare()
        const download = agreed ? 0 : await bytesOf(needs, abort.signal)
        if (download > SMALL_DOWNLOAD) return tellLatest({ status: 'asking', download })
        const { model } = get()
        if (model && needs.vocabulary) vocabularies.add(model.repo)
        const value = await answer({
          signal: abort.signal,
          onProgress: (progress) => tellLatest({ status: 'loading', label: progress.label, progress, since }),
        })
        tellLatest({ status: 'ready', value })
        if (needs.vocabulary) void get().renewLogits()
      } catch (thrown) {
        tellLatest(
          isAbort(thrown) ? { status: 'cancelled' } : { status: 'failed', error: toUserError(thrown) },
        )
      }
    },
  }
}

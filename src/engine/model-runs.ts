// The model's activations of the last text: another SAE of the same hook takes them as they are, and a hook that is
// missing is added by one more pass.
import type { Activations } from '../lib/activations.ts'
import type { Hook } from '../lib/hook.ts'
import type { GemmaModel } from '../model/forward.ts'
import type { TaskContext } from './tasks.ts'

export type WindowOutputs = Map<Hook, Activations>

interface Held {
  model: GemmaModel
  key: string
  windows: WindowOutputs[]
}

/** Calls must not overlap: what one is using, the next may let go. */
export class ModelRuns {
  #held: Held | undefined

  /**
   * Activations of each window at every hook of `hooks`, perhaps among others. They belong to this object and stay
   * valid until the next call.
   */
  async activations(
    model: GemmaModel,
    windows: readonly number[][],
    hooks: readonly Hook[],
    context: TaskContext,
  ): Promise<WindowOutputs[]> {
    const key = windows.map((ids) => ids.join(',')).join(' ')
    if (this.#held?.model !== model || this.#held.key !== key) this.clear()
    this.#held ??= { model, key, windows: windows.map(() => new Map()) }
    for (const [w, outputs] of this.#held.windows.entries()) {
      const missing = hooks.filter((hook) => !outputs.has(hook))
      if (missing.length === 0) continue
      const found = await model.forward(windows[w], missing, inWindow(context, w, windows.length))
      for (const [hook, activations] of found) outputs.set(hook, activations)
    }
    return this.#held.windows
  }

  /** Lets go of every hook but `hooks`. */
  keep(hooks: readonly Hook[]): void {
    for (const outputs of this.#held?.windows ?? []) {
      for (const [hook, activations] of outputs) {
        if (hooks.includes(hook)) continue
        release(activations)
        outputs.delete(hook)
      }
    }
  }

  clear(): void {
    this.keep([])
    this.#held = undefined
  }
}

function release(activations: Activations): void {
  if (activations.location === 'gpu') activations.release()
}

/** Progress says which window it is of, where there are several. */
function inWindow({ signal, onProgress }: TaskContext, at: number, count: number): TaskContext {
  if (count === 1) return { signal, onProgress }
  return {
    signal,
    onProgress: (progress) =>
      onProgress({ ...progress, label: `${progress.label}, window ${at + 1} of ${count}` }),
  }
}

// One thing is opened at a time: a newer request takes the place of the one before it, the same one joins it.
import type { CallOptions } from '../engine/client.ts'
import { isAbort, toUserError, UserError } from '../lib/errors.ts'
import type { SetState } from './types.ts'

interface Openings {
  /**
   * Runs `work` with its progress shown; `name` is what errors call the thing. Undefined when it failed (the error
   * is then shown) or when something newer took its place.
   */
  start<T>(key: string, name: string, work: (call: CallOptions) => Promise<T>): Promise<T | undefined>
  cancel(): void
  /**
   * Ends what is being opened under `key`, and no error is shown of it: the page has gone on to something else. It may
   * be open all the same by then, and is told so.
   */
  leave(key: string): void
}

/** Keeps `opening` and `openError` of the page's state. */
export function openings(set: SetState): Openings {
  let current: { key: string; abort: AbortController; done: Promise<unknown>; left: boolean } | undefined

  return {
    cancel: () => current?.abort.abort(),
    leave: (key) => {
      if (current?.key !== key) return
      current.left = true
      current.abort.abort()
      set({ opening: undefined })
    },
    async start<T>(key: string, name: string, work: (call: CallOptions) => Promise<T>) {
      // The same key is the same work, with the same result, unless that was just cancelled.
      if (current?.key === key && !current.abort.signal.aborted) return current.done as Promise<T | undefined>
      current?.abort.abort()
      const abort = new AbortController()
      const since = performance.now()
      const latest = (): boolean => current?.abort === abort
      const run = async (): Promise<T | undefined> => {
        set({ opening: { label: `Opening ${name}`, progress: undefined, since }, openError: undefined })
        try {
          const result = await work({
            signal: abort.signal,
            onProgress: (progress) => {
              if (latest() && !slot.left) set({ opening: { label: progress.label, progress, since } })
            },
          })
          if (!latest()) return undefined
          set({ opening: undefined })
          return result
        } catch (thrown) {
          if (latest() && !slot.left) set({ opening: undefined, openError: openFailure(thrown, name) })
          return undefined
        } finally {
          if (latest()) current = undefined
        }
      }
      const slot = { key, abort, done: Promise.resolve<unknown>(undefined), left: false }
      current = slot
      const done = run()
      slot.done = done
      return done
    },
  }
}

function openFailure(thrown: unknown, name: string): UserError {
  if (!isAbort(thrown)) return toUserError(thrown)
  return new UserError({
    title: `Opening ${name} was cancelled.`,
    detail: 'What is stored of it so far is kept, and opening it again goes on from there.',
    remedy: 'Try again whenever you like, or choose another source above.',
  })
}

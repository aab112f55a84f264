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
}

/** Keeps `opening` and `openError` of the page's state. */
export function openings(set: SetState): Openings {
  let current: { key: string; abort: AbortController; done: Promise<unknown> } | undefined

  return {
    cancel: () => current?.abort.abort(),
    async start<T>(key: string, name: string, work: (call: CallOptions) => Promise<T>) {
      // The same key is the same work, with the same result.
      if (current?.key === key) return current.done as Promise<T | undefined>
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
              if (latest()) set({ opening: { label: progress.label, progress, since } })
            },
          })
          if (!latest()) return undefined
          set({ opening: undefined })
          return result
        } catch (thrown) {
          if (latest()) set({ opening: undefined, openError: openFailure(thrown, name) })
          return undefined
        } finally {
          if (latest()) current = undefined
        }
      }
      const slot = { key, abort, done: Promise.resolve<unknown>(undefined) }
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

// One worker of the engine, from its start to its end: the page learns of an end, whatever it came from.

import { proxy, type Remote, wrap } from 'comlink'
import { UserError } from '../lib/errors.ts'
import { engineWorker } from './engine-worker.ts'
import type { EngineApi, EngineEvent } from './protocol.ts'

/** Why a worker is of no use any more: it is gone (out of memory, closed) or broken, or the GPU took everything with it. */
export type Ending = 'stopped' | 'gpu lost'

export interface WorkerLink {
  api: Remote<EngineApi>
  /** Rejects with a UserError when the worker cannot be loaded. */
  started: Promise<void>
  /** Resolves when the worker has ended; nothing it was asked is answered then. */
  ended: Promise<Ending>
  /** Ends it. */
  end(): void
}

/** Milliseconds in which a worker's script is fetched and answers for the first time, on the slowest of networks. */
const PATIENCE = 120_000

/** Starts a worker; `hubBase` is the address of the bundled hub, ending in "/". */
export function startWorker(hubBase: string, onEvent: (event: EngineEvent) => void): WorkerLink {
  const worker = engineWorker()
  const unloadable = new Promise<never>((_, reject) => {
    worker.addEventListener('error', (event) => {
      reject(notStarted(event.message || 'The browser could not load or run its worker script.'))
    })
    // One that dies before it has answered once holds no lock, and nothing else would tell.
    setTimeout(() => reject(notStarted('Its worker has not answered for two minutes.')), PATIENCE)
  })
  unloadable.catch(() => {})
  const api = wrap<EngineApi>(worker)
  const life = `featurescope engine ${crypto.randomUUID()}`
  let end: (ending: Ending) => void = () => undefined
  const ended = new Promise<Ending>((resolve) => {
    end = (ending) => {
      worker.terminate()
      resolve(ending)
    }
  })
  const listener = (event: EngineEvent): void => {
    if (event.type === 'gpu lost') end('gpu lost')
    else if (event.type === 'broken') end('stopped')
    else onEvent(event)
  }
  // Once the worker has answered, an error event is no longer about loading it: every call has its own reply.
  const started = Promise.race([api.start(hubBase, proxy(listener), life), unloadable]).then((watchable) => {
    // No event tells of a worker that is gone, and a busy one answers nothing: but a lock is given back only at the end.
    if (watchable) void navigator.locks.request(life, () => end('stopped'))
  })
  started.catch(() => {})
  return { api, started, ended, end: () => end('stopped') }
}

function notStarted(detail: string): UserError {
  return new UserError({
    title: 'The engine could not be started.',
    detail,
    remedy: 'Reload the page; if it stays, this copy of Featurescope is incomplete or blocked.',
  })
}

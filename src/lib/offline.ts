// The page's side of its service worker: it is started before anything large is fetched, so that all of it comes
// through there once; a new version is told of, and waits until it is asked for.

/** `waiting`: a new version is here; `replaced`: another page of this browser took it into use. */
export type VersionState = 'current' | 'waiting' | 'replaced'

/** What of the build is kept in this browser. */
export interface KeptBuild {
  files: number
  bytes: number
  /** Files of the page and its demo that are not kept yet. */
  missing: number
}

/** What the page says to its service worker; `keep` and `state` are answered with `KeptBuild`. */
export type WorkerMessage = 'take-over' | 'keep' | 'state'

/** The first visit's first wait, in milliseconds: a service worker of some KB that fetches nothing itself. */
const PATIENCE = 2500
/** A page that stays open looks for a new version when it is come back to, but not more often, in milliseconds. */
const LOOK_EVERY = 60 * 60 * 1000
/** Marks, for this tab, that it was loaded again for isolation: once is enough to know whether that helps. */
const TRIED = 'featurescope.isolation'

let version: VersionState = 'current'
let registration: ServiceWorkerRegistration | undefined
let isAsked = false
const listeners = new Set<() => void>()

export const versionState = (): VersionState => version

export function onVersionChange(listener: () => void): () => void {
  listeners.add(listener)
  return () => listeners.delete(listener)
}

/**
 * Starts the service worker. On a first visit it waits, for a moment, until that answers for this page; where the host
 * sends no isolation headers the page is then loaded again, once, to get them from there, before anything has begun.
 */
export async function startOffline(): Promise<void> {
  const workers = container()
  if (!workers) return
  try {
    registration = await workers.register(new URL('service-worker.js', document.baseURI), {
      updateViaCache: 'none',
    })
  } catch {
    // Forbidden by the browser or not on this host: the page works without.
  }
  if (!registration) return
  watchVersions(workers, registration)
  const isFirst = registration.active === null
  if (!workers.controller && isFirst) await controlled(workers)
  // Inside another page isolation is that page's to give.
  const framed = window.parent !== window
  if (workers.controller && !crossOriginIsolated && !framed && firstTry()) {
    location.reload()
    await new Promise(() => {})
  }
}

/** Takes the new version into use, here; other pages of this browser are told. */
export function takeNewVersion(): void {
  const waiting = registration?.waiting
  const message: WorkerMessage = 'take-over'
  isAsked = true
  if (waiting) waiting.postMessage(message)
  else location.reload()
}

/** Has the page and its demo kept for visits without a connection; undefined where nothing can be kept. */
export function keepBuild(): Promise<KeptBuild | undefined> {
  return ask('keep')
}

export function keptBuild(): Promise<KeptBuild | undefined> {
  return ask('state')
}

/** Undefined where the browser has none; a frame without an origin of its own may not even look. */
function container(): ServiceWorkerContainer | undefined {
  try {
    return navigator.serviceWorker
  } catch {
    return undefined
  }
}

function ask(message: WorkerMessage): Promise<KeptBuild | undefined> {
  const worker = container()?.controller
  if (!worker) return Promise.resolve(undefined)
  const { port1, port2 } = new MessageChannel()
  return new Promise((resolve) => {
    port1.onmessage = ({ data }: MessageEvent<KeptBuild>) => {
      port1.close()
      resolve(data)
    }
    worker.postMessage(message, [port2])
  })
}

function watchVersions(workers: ServiceWorkerContainer, own: ServiceWorkerRegistration): void {
  const look = (): void => {
    // Without one in force the first is no news.
    if (own.waiting && own.active) change('waiting')
  }
  own.addEventListener('updatefound', () => own.installing?.addEventListener('statechange', look))
  look()
  let wasControlled = workers.controller !== null
  workers.addEventListener('controllerchange', () => {
    if (isAsked) location.reload()
    else if (wasControlled) change('replaced')
    wasControlled = true
  })
  let looked = Date.now()
  document.addEventListener('visibilitychange', () => {
    if (document.visibilityState !== 'visible' || Date.now() - looked < LOOK_EVERY) return
    looked = Date.now()
    own.update().catch(() => undefined)
  })
}

function change(next: VersionState): void {
  version = next
  for (const listener of listeners) listener()
}

function controlled(workers: ServiceWorkerContainer): Promise<void> {
  return new Promise((resolve) => {
    workers.addEventListener('controllerchange', () => resolve(), { once: true })
    setTimeout(resolve, PATIENCE)
  })
}

function firstTry(): boolean {
  try {
    const isFirst = sessionStorage.getItem(TRIED) === null
    sessionStorage.setItem(TRIED, 'tried')
    return isFirst
  } catch {
    // What was tried could not be remembered, and the page would load for ever.
    return false
  }
}

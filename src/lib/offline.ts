// The page's side of its service worker: it is started before anything large is fetched, so that all of it comes
// through there once; a new version is told of, and waits until it is asked for.

/**
 * `waiting`: a new version is here; `held`: it was asked for, and what is still being loaded, by another page above all,
 * holds it up;
 * `replaced`: another page of this browser took it into use.
 */
export type VersionState = 'current' | 'waiting' | 'held' | 'replaced'

/** What of the build is kept in this browser. */
export interface KeptBuild {
  files: number
  bytes: number
  /** Files of the page and its demo that are not kept yet. */
  missing: number
}

/**
 * What the page says to its service worker: `take-over` to the one that waits, the others to the one in force. `keep`
 * and `state` are answered with `KeptBuild`; `give-way` with how many requests pages still wait for.
 */
export type WorkerMessage = 'take-over' | 'give-way' | 'keep' | 'state'

/** The first visit's first wait, in milliseconds: a service worker of some KB that fetches nothing itself. */
const PATIENCE = 2500
/** A page that stays open looks for a new version when it is come back to, but not more often, in milliseconds. */
const LOOK_EVERY = 60 * 60 * 1000
/** How often the version in force is asked whether it can give way, in milliseconds. */
const AGAIN = 500
/** Marks, for this tab, that it was loaded again for isolation: once is enough to know whether that helps. */
const TRIED = 'featurescope.isolation'
/** Marks, for this tab, that it was loaded again to end what held a new version up. */
const ASKED = 'featurescope.new-version'

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
  if (unmarked(ASKED)) await comeAgain(registration)
  // Inside another page isolation is that page's to give.
  const framed = window.parent !== window
  if (workers.controller && !crossOriginIsolated && !framed && marked(TRIED)) {
    location.reload()
    await new Promise(() => {})
  }
}

/**
 * Takes the new version into use, here; other pages of this browser are told. It is let in only when the one in force
 * has no request to answer: asked to before, Chromium may wait for half a minute without any. Requests of this page
 * are ended by loading it again; where another page waits for an answer, this one goes on meanwhile.
 */
export async function takeNewVersion(): Promise<void> {
  const { active, waiting } = registration ?? {}
  if (!active || !waiting) location.reload()
  else if (await canGiveWay(active)) await takeOver(waiting)
  else if (marked(ASKED)) location.reload()
  else void hold(active)
}

/** Goes on with `takeNewVersion` after the page was loaded again for it. */
async function comeAgain({ active, waiting }: ServiceWorkerRegistration): Promise<void> {
  if (!active || !waiting) return
  // For some moments the page that has gone is still there for the service worker, and this one's own files come.
  const until = Date.now() + PATIENCE
  let isFree = false
  while (!isFree && Date.now() < until) {
    await later(AGAIN)
    isFree = await canGiveWay(active)
  }
  // It comes at once, or not soon: an empty page is not to wait longer.
  if (isFree) await Promise.race([takeOver(waiting), later(PATIENCE)])
  else void hold(active)
}

/** Ends with the page being loaded anew; or, when that takes too long, with the page going on as it is. */
async function takeOver(waiting: ServiceWorker): Promise<void> {
  isAsked = true
  const message: WorkerMessage = 'take-over'
  waiting.postMessage(message)
  await later(2 * PATIENCE)
  isAsked = false
  if (waiting.state === 'installed') change('held')
}

/** Waits until no page wants an answer of the version in force. */
async function hold(active: ServiceWorker): Promise<void> {
  change('held')
  while (version === 'held') {
    await later(2 * AGAIN)
    if (version === 'held' && (await canGiveWay(active))) change('waiting')
  }
}

/** Has the version in force end what no page waits for; true when then nothing is left, or it does not answer. */
async function canGiveWay(active: ServiceWorker): Promise<boolean> {
  const open = await Promise.race([answerOf<number>(active, 'give-way'), later(PATIENCE)])
  return !open
}

const later = (milliseconds: number): Promise<void> =>
  new Promise((resolve) => {
    setTimeout(resolve, milliseconds)
  })

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

async function ask(message: WorkerMessage): Promise<KeptBuild | undefined> {
  const worker = container()?.controller
  return worker ? answerOf<KeptBuild>(worker, message) : undefined
}

function answerOf<T>(worker: ServiceWorker, message: WorkerMessage): Promise<T> {
  const { port1, port2 } = new MessageChannel()
  return new Promise((resolve) => {
    port1.onmessage = ({ data }: MessageEvent<T>) => {
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
    else if (version === 'held') change('waiting')
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

/** Notes `mark` for this tab; false where it was noted before, or cannot be: the page would load for ever. */
function marked(mark: string): boolean {
  try {
    const isNew = sessionStorage.getItem(mark) === null
    sessionStorage.setItem(mark, 'yes')
    return isNew
  } catch {
    return false
  }
}

/** Takes `mark` away; true where it was there. */
function unmarked(mark: string): boolean {
  try {
    const isThere = sessionStorage.getItem(mark) !== null
    sessionStorage.removeItem(mark)
    return isThere
  } catch {
    return false
  }
}

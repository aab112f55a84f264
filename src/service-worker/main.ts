// The service worker: answers for the build's own files, from what is kept and with the headers that isolation and
// the content policy need; everything else, other hosts above all, goes by untouched. A new version is fetched whole
// before it waits, and comes into force when the person says so or when no page is open any more.
import type { KeptBuild, WorkerMessage } from '../lib/offline.ts'
import { type ListedFile, Listing } from './listed.ts'
import { partOf } from './part.ts'
import type { AskedEvent, WorkerScope } from './scope.ts'
import { Shelf } from './shelf.ts'

// Put in by tools/build/service-worker.ts.
declare const BUILD_FILES: readonly ListedFile[]
declare const BUILD_HEADERS: Readonly<Record<string, string>>

const worker = self as unknown as WorkerScope
const listing = new Listing(BUILD_FILES, worker.registration.scope)
const shelf = new Shelf(listing, BUILD_HEADERS)
/** Files that were read in parts: they are kept whole when the page has nothing else to do. */
const usedInParts = new Set<ListedFile>()

worker.addEventListener('install', (event) => {
  // A first visit waits for this, and fetches what it needs by itself; a later version must be there whole.
  event.waitUntil(worker.registration.active ? shelf.fetchVersion() : worker.skipWaiting())
})

worker.addEventListener('activate', (event) => {
  event.waitUntil(takeForce().then(() => worker.clients.claim()))
})

worker.addEventListener('fetch', (event) => {
  const { request } = event
  const file = request.method === 'GET' ? listing.find(request.url) : undefined
  if (file) event.respondWith(answer(file, event))
})

worker.addEventListener('message', (event) => {
  const message: WorkerMessage = event.data
  if (message === 'take-over') event.waitUntil(worker.skipWaiting())
  else {
    const done = message === 'keep' ? keepAll() : shelf.state()
    event.waitUntil(done.then((kept) => event.ports[0]?.postMessage(kept)))
  }
})

async function answer(file: ListedFile, event: AskedEvent): Promise<Response> {
  const { request } = event
  const range = request.headers.get('Range')
  try {
    const whole = range === null ? undefined : await shelf.whole(file)
    if (whole && range !== null) return partOf(whole.body, whole.headers, range)
    const kept = range === null ? await shelf.kept(file) : undefined
    if (kept) return kept
  } catch {
    // Storage that cannot be read: the host is asked.
  }
  const response = await fetch(request)
  // Redirects of a navigation are the browser's to follow.
  if (response.type === 'opaqueredirect') return response
  if (response.status === 206) usedInParts.add(file)
  if (response.status === 200) {
    // Storage may be full or forbidden: the page goes on without.
    event.waitUntil(shelf.keep(file, response.clone()).catch(() => undefined))
  }
  return shelf.dressed(response)
}

/** Fetches what is to be kept and is not yet; what cannot be had now is left for the next time. */
async function keepAll(): Promise<KeptBuild> {
  const { files } = listing
  const order = [
    ...files.filter(({ keep }) => keep === 'page'),
    ...files.filter(({ keep }) => keep === 'demo'),
    ...usedInParts,
  ]
  for (const file of order) await shelf.fetch(file).catch(() => undefined)
  await takeForce()
  return shelf.state()
}

/** Another open page may still be of the version before. */
async function takeForce(): Promise<void> {
  const pages = await worker.clients.matchAll({ type: 'window', includeUncontrolled: true })
  await shelf.takeForce(pages.filter(({ url }) => listing.find(url)).length > 1)
}

// The service worker: answers for the build's own files, from what is kept and with the headers that isolation and
// the content policy need; everything else, other hosts above all, goes by untouched. A new version is fetched whole
// before it waits, and comes into force when the person says so or when no page is open any more.
import type { KeptBuild, WorkerMessage } from '../lib/offline.ts'
import { GivingWay } from './giving-way.ts'
import { type ListedFile, Listing } from './listed.ts'
import { partOf } from './part.ts'
import { within } from './patience.ts'
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
const givingWay = new GivingWay(worker.clients)

worker.addEventListener('install', (event) => {
  // A first visit waits for this, and fetches what it needs by itself; a later version must be there whole.
  event.waitUntil(worker.registration.active ? shelf.fetchVersion() : worker.skipWaiting())
})

worker.addEventListener('activate', (event) => {
  // Until this has ended no page is loaded, and to tidy up can wait.
  event.waitUntil(within(takeForce(() => true).catch(() => undefined)).then(() => worker.clients.claim()))
})

worker.addEventListener('fetch', (event) => {
  const { request } = event
  const file = request.method === 'GET' ? listing.find(request.url) : undefined
  if (file) event.respondWith(answer(file, event))
})

worker.addEventListener('message', (event) => {
  const message: WorkerMessage = event.data
  const reply = (answer: KeptBuild | number): void => event.ports[0]?.postMessage(answer)
  if (message === 'take-over') event.waitUntil(worker.skipWaiting())
  else if (message === 'give-way') event.waitUntil(givingWay.begin().then(reply))
  else givingWay.lasts(event, (message === 'keep' ? keepAll() : shelf.state()).then(reply))
})

async function answer(file: ListedFile, event: AskedEvent): Promise<Response> {
  const { request } = event
  // Where storage cannot be read, or is silent, the host is asked.
  const stored = keptAnswer(file, request.headers.get('Range')).catch(() => undefined)
  const kept = await within(stored)
  if (kept) return kept
  const response = await givingWay.fetch(request, event.clientId).catch(async (error: unknown) => {
    const late = await within(stored)
    if (late) return late
    throw error
  })
  // Redirects of a navigation are the browser's to follow.
  if (response.type === 'opaqueredirect') return response
  if (response.status === 206) usedInParts.add(file)
  if (response.status === 200) {
    // Storage may be full or forbidden: the page goes on without.
    givingWay.lasts(
      event,
      shelf.keep(file, response.clone()).catch(() => undefined),
    )
  }
  return shelf.dressed(response)
}

/** The answer from what is kept, if the file is; `range` is what the request's Range header says. */
async function keptAnswer(file: ListedFile, range: string | null): Promise<Response | undefined> {
  if (range === null) return shelf.kept(file)
  const whole = await shelf.whole(file)
  return whole && partOf(whole.body, whole.headers, range)
}

/** Fetches what is to be kept and is not yet; what cannot be had now is left for the next time. */
async function keepAll(): Promise<KeptBuild> {
  const { files } = listing
  const order = [
    ...files.filter(({ keep }) => keep === 'page'),
    ...files.filter(({ keep }) => keep === 'demo'),
    ...usedInParts,
  ]
  const { signal } = givingWay
  for (const file of order) {
    if (signal.aborted) break
    await shelf.fetch(file, signal).catch(() => undefined)
  }
  // What a newer version has fetched already is not to be taken for leavings of an older one.
  await takeForce(() => !worker.registration.installing && !worker.registration.waiting)
  return shelf.state()
}

/** Tidies up, as far as this is the latest version; another open page may still be of the version before. */
async function takeForce(isLatest: () => boolean): Promise<void> {
  if (!isLatest()) return
  const pages = await worker.clients.matchAll({ type: 'window', includeUncontrolled: true })
  await shelf.takeForce(pages.filter(({ url }) => listing.find(url)).length > 1, isLatest)
}

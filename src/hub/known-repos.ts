// What a hub last told of repositories, in the browser's storage: asked again on every visit, and used where the hub
// does not answer, so that what is stored can be opened as what it was.
import { clear, createStore, get, set, type UseStore } from 'idb-keyval'
import * as v from 'valibot'

const KnownRepo = v.object({
  commit: v.pipe(v.string(), v.regex(/^[0-9a-f]{40}$/)),
  files: v.array(
    v.object({
      path: v.string(),
      size: v.pipe(v.number(), v.safeInteger(), v.minValue(0)),
      id: v.string(),
      sha256: v.optional(v.string()),
    }),
  ),
  /** Folders of which every file is among `files`: "" or ending in "/". */
  folders: v.array(v.string()),
})
export type KnownRepo = v.InferOutput<typeof KnownRepo>

let store: UseStore | undefined

/** `name` is the endpoint, the repository and the revision. Undefined where nothing is known, or nothing can be kept. */
export async function readKnownRepo(name: string): Promise<KnownRepo | undefined> {
  try {
    const parsed = v.safeParse(KnownRepo, await get(name, opened()))
    return parsed.success ? parsed.output : undefined
  } catch {
    return undefined
  }
}

/** Blocked or full storage: without a connection it is then not known. */
export async function writeKnownRepo(name: string, known: KnownRepo): Promise<void> {
  await inStore(() => set(name, known, opened()))
}

export async function forgetKnownRepos(): Promise<void> {
  await inStore(() => clear(opened()))
}

async function inStore(work: () => Promise<void>): Promise<void> {
  try {
    await work()
  } catch {
    // It only matters without a connection.
  }
}

function opened(): UseStore {
  store ??= createStore('featurescope-hub', 'repos')
  return store
}

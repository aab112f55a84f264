// The page's hub client, pointed at the fake hub, with delays short enough for tests.
import { Hub, type HubOptions } from '../../src/hub/hub.ts'
import type { ByteSource } from '../../src/lib/byte-source.ts'
import type { StorageState } from '../../src/lib/storage-state.ts'

/** Retries begin after 5 ms, and a host is silent after a second. */
export function hubOn(
  fake: { origin: string },
  onNotice?: (notice: string) => void,
  others: HubOptions = {},
): Hub {
  const policy = { firstDelay: 5, silence: 1000 }
  const hub = new Hub(`${location.origin}/hub/`, { ...others, onNotice, policy })
  hub.configure({ endpoint: fake.origin })
  return hub
}

/** A file by reference, or under "files/" by its plain address on the fake hub. */
export async function openOn(hub: Hub, fake: { origin: string }, name: string): Promise<ByteSource> {
  const { set, file } = await hub.locate(name.startsWith('files/') ? `${fake.origin}/${name}` : name)
  const source = file && (await set.find(file))
  if (!source) throw new Error(`${name} was not found`)
  return source
}

/** Resolves when nothing more is being stored: small reads are kept in the background. */
export async function written(hub: { storage(): Promise<StorageState> }): Promise<void> {
  const kept = async (): Promise<number> =>
    (await hub.storage()).files.reduce((sum, { present }) => sum + present, 0)
  for (let [before, after] = [-1, await kept()]; before !== after; ) {
    await new Promise((resolve) => setTimeout(resolve, 200))
    ;[before, after] = [after, await kept()]
  }
}

// Brings one weight in place: from what is kept of it, and the rest in one stream or several from the checkpoint.
import type { PackedStore } from '../lib/weight-cache.ts'
import { Packer } from './pack.ts'
import { type PackedPart, type PackedWeight, type Panel, panelRange, placedOffset } from './packed-layer.ts'

type Bytes = Uint8Array<ArrayBuffer>

/** Takes numbers of a tensor at a byte of it; the bytes are good until what it returns is settled. */
export type Place = (part: PackedPart, offset: number, bytes: Bytes) => Promise<void> | void

export interface WeightProgress {
  /** Bytes of the file fetched, or kept bytes read, since the last call. */
  onBytes(bytes: number): void
  /** A panel that seemed to be kept cannot be read, and is fetched instead: so many more bytes than thought. */
  onMore(bytes: number): void
}

/** Panels of a weight whose every byte is kept. */
export function isKept(packed: PackedWeight, panel: Panel, store: PackedStore | undefined): boolean {
  return (
    store !== undefined &&
    packed.parts.every((part) => {
      const { offset, length } = panelRange(packed, part, panel)
      return store.present(offset, length) === length
    })
  )
}

/** Bytes a panel takes where it is kept. */
export function keptBytes(packed: PackedWeight, panel: Panel): number {
  return packed.parts.reduce((sum, part) => sum + panelRange(packed, part, panel).length, 0)
}

/** Rejects with UserError for what cannot be read or converted, and with AbortError after `signal`. */
export async function loadWeight(
  packed: PackedWeight,
  store: PackedStore | undefined,
  place: Place,
  progress: WeightProgress,
  signal?: AbortSignal,
): Promise<void> {
  const packer = new Packer(packed)
  const missing: Panel[] = []
  for (const panel of packed.panels) {
    signal?.throwIfAborted()
    if (!store || !isKept(packed, panel, store)) missing.push(panel)
    else if (await readKept(packed, panel, packer, store, place)) progress.onBytes(keptBytes(packed, panel))
    else {
      progress.onMore(panel.fileBytes - keptBytes(packed, panel))
      missing.push(panel)
    }
  }
  for (const run of runsOf(missing)) {
    await fetchRun(packed, run, packer, signal, async (panel) => {
      for (const [index, kept] of packer.pack(panel).entries()) {
        const part = packed.parts[index]
        await store?.write(panelRange(packed, part, panel).offset, kept)
        await place(part, placedOffset(packed, part, panel), packer.place(part, panel, kept))
      }
      progress.onBytes(panel.fileBytes)
    })
  }
}

/** False when a part of the panel is damaged. */
async function readKept(
  packed: PackedWeight,
  panel: Panel,
  packer: Packer,
  store: PackedStore,
  place: Place,
): Promise<boolean> {
  for (const part of packed.parts) {
    const { offset, length } = panelRange(packed, part, panel)
    const kept = new Uint8Array(length)
    if (!(await store.read(offset, length, kept))) return false
    await place(part, placedOffset(packed, part, panel), packer.place(part, panel, kept))
  }
  return true
}

/** Fetches neighbouring panels in one go; `onPanel` is called when the packer's source holds one. */
async function fetchRun(
  { entry, columns, sourceType }: PackedWeight,
  run: readonly Panel[],
  packer: Packer,
  signal: AbortSignal | undefined,
  onPanel: (panel: Panel) => Promise<void>,
): Promise<void> {
  const asItIs = entry.dtype === sourceType
  if (!entry.stream || !asItIs) {
    for (const panel of run) {
      signal?.throwIfAborted()
      const values = await entry.readFloat32(panel.firstRow * columns, panel.rows * columns, signal)
      new Float32Array(packer.source.buffer).set(values)
      await onPanel(panel)
    }
    return
  }
  const [first] = run
  const rows = run.reduce((sum, panel) => sum + panel.rows, 0)
  let [index, filled] = [0, 0]
  const onPart = async (part: Bytes): Promise<void> => {
    for (let taken = 0; taken < part.length; ) {
      const wanted = packer.sourceBytes(run[index])
      const some = part.subarray(taken, taken + wanted - filled)
      packer.source.set(some, filled)
      filled += some.length
      taken += some.length
      if (filled < wanted) break
      signal?.throwIfAborted()
      await onPanel(run[index])
      index += 1
      filled = 0
    }
  }
  await entry.stream(first.firstRow * columns, rows * columns, onPart, signal)
  if (index < run.length)
    throw new Error(`${entry.name}: the stream ended in panel ${index} of ${run.length}`)
}

/** Neighbouring panels together. */
function runsOf(panels: readonly Panel[]): Panel[][] {
  const runs: Panel[][] = []
  for (const panel of panels) {
    const last = runs.at(-1)?.at(-1)
    if (last && last.firstRow + last.rows === panel.firstRow) runs.at(-1)?.push(panel)
    else runs.push([panel])
  }
  return runs
}

// Whether a source fits this machine: the memory its weights go to, and the storage a download is kept in.
import type { BackendChoice, Backends, CatalogueEntry } from '../engine/protocol.ts'
import { formatBytes } from '../lib/format.ts'
import { unembeddingShare } from '../lib/gpu-budget.ts'
import type { StorageState } from '../lib/storage-state.ts'

/** A wasm memory's 4 GiB, less what runs and results take. */
const WASM_BYTES = 3.2e9

export interface Fit {
  /** `streamed` works too: what is beyond the GPU's budget passes through it at every run. */
  memory: 'fits' | 'streamed' | 'too large'
  /** False when the browser has no room to keep the rest of the file; undefined while that is not known. */
  kept: boolean | undefined
  /** The numbers behind it, for a person. */
  why: string
}

export interface Machine {
  backends: Backends | undefined
  choice: BackendChoice
  storage: StorageState | undefined
}

/** `present` bytes of the entry are stored already. */
export function fitOf(entry: CatalogueEntry, present: number, { backends, choice, storage }: Machine): Fit {
  const wasm = backends ? backends.sae === 'wasm' : choice.sae === 'wasm'
  const weights = !wasm && choice.precision === 'f16' ? entry.bytes / 2 : entry.bytes
  const room = wasm ? WASM_BYTES : choice.gpuBudget - unembeddingShare(choice.gpuBudget)
  const fits = weights <= room
  const memory = fits ? 'fits' : wasm ? 'too large' : 'streamed'
  const left = storage && Math.max(0, storage.quota - storage.usage)
  const bundled = entry.release === 'bundled'
  const kept =
    bundled || (left === undefined ? undefined : Boolean(storage?.available) && entry.bytes - present <= left)
  const place = wasm ? 'wasm memory' : 'the GPU budget'
  const why = [
    `${formatBytes(weights)} of weights, ${formatBytes(room)} for an SAE in ${place}`,
    memory === 'streamed' && 'the rest passes through the GPU at every run',
    kept === false && `${formatBytes(left ?? 0)} of storage left: it would not be kept`,
  ]
  return { memory, kept, why: why.filter(Boolean).join('; ') }
}

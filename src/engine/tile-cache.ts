// Remembers which encode shapes an adapter is quickest with, so that they are measured once in a browser.
import { get, set } from 'idb-keyval'
import * as v from 'valibot'
import type { Gpu } from '../gpu/device.ts'
import type { EncodeTiles } from '../sae/webgpu/kernels.ts'
import { defaultTiles, tilesFit, tuneEncode } from '../sae/webgpu/tuning.ts'

/** Grows when the kernels change, so that old measurements are not taken for theirs. */
const KERNELS = 1

const small = v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(64))
const Tiles = v.object({
  gemv: v.object({ lanes: small, slices: small, columns: small }),
  batch: v.object({ shape: v.picklist(['direct', 'quad', 'shared']), tokens: small, columns: small }),
})

/**
 * The remembered shapes of this adapter, else measured now and remembered. Software adapters have one kind of
 * machine behind them, and measuring takes them seconds: they take the default.
 */
export async function tilesOf(
  gpu: Gpu,
  measure: (gpu: Gpu) => Promise<{ tiles: EncodeTiles }> = tuneEncode,
): Promise<EncodeTiles> {
  if (gpu.software) return defaultTiles(gpu)
  const key = `tiles ${KERNELS} ${gpu.name}`
  const remembered = v.safeParse(Tiles, await get(key).catch(() => undefined))
  if (remembered.success && tilesFit(remembered.output, gpu)) return remembered.output
  const { tiles } = await measure(gpu)
  // Blocked or full storage: they are measured again next time.
  await set(key, tiles).catch(() => {})
  return tiles
}

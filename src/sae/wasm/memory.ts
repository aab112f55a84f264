// Where everything lies in the wasm backend's linear memory, and the memory itself.
import { UserError } from '../../lib/errors.ts'
import type { SaeShape } from '../weights.ts'
import { JOB_WORDS } from './job.ts'

/** Features side by side in W_enc's panels; the kernels' PANEL. */
export const PANEL = 8
/** Tokens encoded together: enough for weights to be read from memory rarely, few enough for small lists. */
export const BLOCK_ROWS = 64

export const TILE_WORDS = 32

const PAGE = 65_536
const MAX_PAGES = 65_536

/** Byte addresses of the arrays; layouts are in assembly/index.ts. */
export interface MemoryLayout {
  panels: number
  dOutStride: number
  wEnc: number
  wDec: number
  /** [dIn, dOutStride], where there is an affine skip */
  skip: number
  bEnc: number
  threshold: number
  bDec: number
  /** [BLOCK_ROWS, dIn] */
  x: number
  /** For each thread [BLOCK_ROWS, its features], so that no list overflows; dIn for the skip */
  indices: number
  values: number
  /** [threads, BLOCK_ROWS] */
  counts: number
  /** [dOutStride] */
  y: number
  /** 128 bytes of scratch for each thread */
  tile: number
  /** Job words of the helpers */
  jobs: number
  bytes: number
}

/** Lays an SAE out; every array starts at a multiple of 64 bytes. */
export function layOut({ dIn, dSae, dOut, hasSkip }: SaeShape, threads: number): MemoryLayout {
  let next = 64
  const take = (words: number): number => {
    const at = next
    next += Math.ceil((4 * words) / 64) * 64
    return at
  }
  const panels = Math.ceil(dSae / PANEL)
  const dOutStride = Math.ceil(dOut / 4) * 4
  const lists = Math.max(BLOCK_ROWS * panels * PANEL, hasSkip ? dIn : 0)
  return {
    panels,
    dOutStride,
    wEnc: take(panels * PANEL * dIn),
    wDec: take(dSae * dOutStride),
    skip: take(hasSkip ? dIn * dOutStride : 0),
    bEnc: take(panels * PANEL),
    threshold: take(panels * PANEL),
    bDec: take(dOutStride),
    x: take(BLOCK_ROWS * dIn),
    indices: take(lists),
    values: take(lists),
    counts: take(threads * BLOCK_ROWS),
    y: take(dOutStride),
    tile: take(TILE_WORDS * threads),
    jobs: take(JOB_WORDS * threads),
    bytes: next,
  }
}

/** Memory for `bytes`, zeroed. UserError when wasm or this machine cannot give that much. */
export function allocate(bytes: number, name: string, shared: boolean): WebAssembly.Memory {
  const pages = Math.ceil(bytes / PAGE)
  const gigabytes = (bytes / 2 ** 30).toFixed(1)
  if (pages > MAX_PAGES) throw tooLarge(name, `It needs ${gigabytes} GiB, and WebAssembly can hold 4 GiB.`)
  try {
    return new WebAssembly.Memory({ initial: pages, maximum: shared ? MAX_PAGES : pages, shared })
  } catch (cause) {
    throw tooLarge(name, `It needs ${gigabytes} GiB of memory, and the browser would not give that.`, cause)
  }
}

function tooLarge(name: string, detail: string, cause?: unknown): UserError {
  return new UserError(
    {
      title: `${name} is too large for the wasm backend.`,
      detail,
      remedy: 'Choose the WebGPU backend, a narrower SAE of the same hook, or close other tabs.',
    },
    { cause },
  )
}

// The benchmark's numbers: made by counting, so that every peer (and NumPy, in torch_peer.py) has the same ones.
import type { ArrayEntry, ArrayFile } from '../../src/formats/array.ts'

/** Sizes of one case. */
export interface Shape {
  tokens: number
  dIn: number
  dSae: number
}

const SEEDS = { wEnc: 1, wDec: 2, x: 3, threshold: 4 } as const

/** Standard deviation of the sum of four uniform 16-bit numbers. */
const SPREAD = 65_536 / Math.sqrt(3)
const MEAN = 2 * 65_535

/** A mixed 32-bit number for counter `i` of a stream. */
function mixed(seed: number, i: number): number {
  let z = (Math.imul(i, 0x9e3779b9) + Math.imul(seed, 0x85ebca6b)) | 0
  z = Math.imul(z ^ (z >>> 16), 0x7feb352d)
  z = Math.imul(z ^ (z >>> 15), 0x846ca68b)
  return (z ^ (z >>> 16)) >>> 0
}

/** Number `i` of a stream: near to normal, mean 0, variance 1, between -3.47 and 3.47. */
function normal(seed: number, i: number): number {
  const a = mixed(seed, 2 * i)
  const b = mixed(seed, 2 * i + 1)
  return ((a & 0xffff) + (a >>> 16) + (b & 0xffff) + (b >>> 16) - MEAN) / SPREAD
}

/** Numbers `first` .. of a stream, times `scale`. */
export function normals(
  seed: number,
  first: number,
  count: number,
  scale: number,
): Float32Array<ArrayBuffer> {
  const out = new Float32Array(count)
  for (let i = 0; i < count; i++) out[i] = scale * normal(seed, first + i)
  return out
}

/** Above this many standard deviations lie 70 of 16,384 pre-activations, Gemma Scope's usual L0. */
const THRESHOLD = 2.63

/** An SAE of made-up weights whose pre-activations have variance 1; nothing of it is held. */
export function virtualSae({ dIn, dSae }: Pick<Shape, 'dIn' | 'dSae'>): ArrayFile {
  const entry = (
    name: string,
    shape: readonly number[],
    make: (first: number, count: number) => Float32Array<ArrayBuffer>,
  ): [string, ArrayEntry] => [
    name,
    {
      ...{ name, shape, dtype: 'F32' },
      readFloat32: async (first, count) => make(first, count),
      readFloat64: async (first, count) => new Float64Array(make(first, count)),
    },
  ]
  return new Map([
    entry('W_enc', [dIn, dSae], (first, count) => normals(SEEDS.wEnc, first, count, 1 / Math.sqrt(dIn))),
    entry('W_dec', [dSae, dIn], (first, count) => normals(SEEDS.wDec, first, count, 1 / Math.sqrt(dIn))),
    entry('b_enc', [dSae], (_, count) => new Float32Array(count)),
    entry('b_dec', [dIn], (_, count) => new Float32Array(count)),
    entry('threshold', [dSae], (_, count) => new Float32Array(count).fill(THRESHOLD)),
  ])
}

/** The whole matrices of `virtualSae`, for peers that need them so. */
export function denseSae({ dIn, dSae }: Pick<Shape, 'dIn' | 'dSae'>): {
  wEnc: Float32Array<ArrayBuffer>
  threshold: Float32Array<ArrayBuffer>
} {
  return {
    wEnc: normals(SEEDS.wEnc, 0, dIn * dSae, 1 / Math.sqrt(dIn)),
    threshold: new Float32Array(dSae).fill(THRESHOLD),
  }
}

/** W_dec of `virtualSae`, [dSae, dIn]. */
export function denseDecoder({ dIn, dSae }: Pick<Shape, 'dIn' | 'dSae'>): Float32Array<ArrayBuffer> {
  return normals(SEEDS.wDec, 0, dSae * dIn, 1 / Math.sqrt(dIn))
}

/** Activations [tokens, dIn] of variance 1. */
export function activations({ tokens, dIn }: Shape): Float32Array<ArrayBuffer> {
  return normals(SEEDS.x, 0, tokens * dIn, 1)
}

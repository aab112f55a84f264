// A job in shared memory: two counters, of jobs started and done, then the arguments of `encode`.
import type { EncodeJob } from './kernels.ts'

/** Places of the words. */
export const STARTED = 0
export const DONE = 1
export const JOB = 2
export const JOB_WORDS = 16

/** The arguments, from the words behind the counters. Addresses use all 32 bits. */
export function readJob(words: Uint32Array): EncodeJob {
  const [x, rows, dIn, wEnc, bEnc, threshold, firstPanel, panels, indices, values, stride, counts, tile] =
    words
  return [x, rows, dIn, wEnc, bEnc, threshold, firstPanel, panels, indices, values, stride, counts, tile]
}

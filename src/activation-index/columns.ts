// The columns of every file of an index; docs/index-format.md describes them.
import type { Columns } from './parquet-write.ts'

export const POSTINGS = {
  feature: 'int32',
  document: 'int32',
  position: 'int32',
  value: 'float',
} as const satisfies Columns

export const DOCUMENTS = {
  document: 'int32',
  kind: 'int32',
  title: 'string',
  tokens: 'int32-list',
} as const satisfies Columns

export const TOKENS = { id: 'int32', piece: 'string', count: 'int32' } as const satisfies Columns

export const FEATURES = {
  feature: 'int32',
  count: 'int32',
  documents: 'int32',
  min: 'float',
  max: 'float',
  sum: 'double',
  sumSquares: 'double',
  p50: 'float',
  p90: 'float',
  p99: 'float',
  histogram: 'int32-list',
  intervals: 'int32-list',
  tokens: 'int32-list',
  tokenCounts: 'int32-list',
  next: 'int32-list',
  nextCounts: 'int32-list',
  kinds: 'int32-list',
  coactiveCount: 'int32',
  coactive: 'int32-list',
  coactiveBoth: 'int32-list',
  promoted: 'int32-list',
  logitSkew: 'float',
  file: 'int32',
  row: 'int32',
  stored: 'int32',
} as const satisfies Columns

/** Name of a file of postings. */
export const postingsFile = (number: number): string => `postings-${number}.parquet`

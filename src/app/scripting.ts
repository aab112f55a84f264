// window.featurescope: the page's own engine client, for scripts, consoles and the end-to-end tests.
import { version } from '../../package.json'
import type { EngineClient } from '../engine/client.ts'
import type {
  Backends,
  CorpusInput,
  Dashboard,
  IndexCap,
  IndexedFeature,
  IndexManifest,
  Opened,
  OpenOptions,
} from '../engine/protocol.ts'
import type { OnProgress } from '../lib/progress.ts'
import type { SparseRows } from '../lib/sparse-rows.ts'

/** What scripts can do. It shares the page's engine: what a script opens, the page shows. Rejections carry a UserError. */
export interface Featurescope {
  version: string
  backend(): Promise<Pick<Backends, 'sae' | 'model' | 'adapter'>>
  /** Hub reference, address, or local files; replaces what it names and keeps the rest. */
  open(options: OpenOptions): Promise<Opened>
  tokenize(text: string): Promise<{ ids: number[]; tokens: string[] }>
  /** Activations at a hook, [tokens, width], `<bos>` first. */
  activations(
    input: string | number[],
    hook: string,
  ): Promise<{ shape: [number, number]; data: Float32Array }>
  /** Encodes [rows, dIn] activations with the open SAE. */
  encode(activations: Float32Array, rows: number): Promise<SparseRows>
  /** [rows, dOut] reconstruction. */
  /** `activations` are what was encoded: needed where the SAE has an affine skip. */
  decode(sparse: SparseRows, activations?: Float32Array): Promise<Float32Array>
  run(input: string | number[]): Promise<{ tokens: string[]; features: SparseRows; l0: number; fvu: number }>
  feature(index: number): Promise<Dashboard>
  /** Builds the open source's activation index, or goes on with it. */
  buildIndex(
    corpus: CorpusInput,
    options?: { cap?: IndexCap; signal?: AbortSignal; onProgress?: OnProgress },
  ): Promise<IndexManifest>
  /** The open index's files, as a static host would serve them. */
  indexFiles(): Promise<{ name: string; bytes: Uint8Array<ArrayBuffer> }[]>
  /** What the open index knows of a feature; undefined without one. */
  indexedFeature(index: number): Promise<IndexedFeature | undefined>
}

declare global {
  interface Window {
    featurescope: Featurescope
  }
}

/** The scripting surface over an engine; `adopt` shows in the page what a script opened. */
export function createScripting(
  client: EngineClient,
  adopt: (opened: Opened) => Promise<void>,
): Featurescope {
  return {
    version,
    backend: async () => {
      const { sae, model, adapter } = await client.backends()
      return { sae, model, adapter }
    },
    open: async (options) => {
      const opened = await client.open(options)
      void adopt(opened)
      return opened
    },
    tokenize: (text) => client.tokenize(text),
    activations: (input, hook) => client.activations(input, hook),
    encode: (activations, rows) => client.encode(activations, rows),
    decode: (sparse, activations) => client.decode(sparse, activations),
    run: async (input) => {
      const { tokens, features, l0, fvu } = await client.run(input)
      return { tokens, features, l0, fvu }
    },
    feature: (index) => client.feature(index),
    buildIndex: async (corpus, options) => (await client.buildIndex(corpus, options)).manifest,
    indexFiles: () => client.indexFiles(),
    indexedFeature: (index) => client.indexedFeature(index),
  }
}

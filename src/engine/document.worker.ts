// Runs documents through a small model and an SAE on a thread of its own: one of several, each of which does all of
// the work of its documents, so that none waits for another within one.
import { expose, transfer } from 'comlink'
import { type HeldArray, heldFile } from '../formats/held-arrays.ts'
import type { Hook } from '../lib/hook.ts'
import type { SparseRows } from '../lib/sparse-rows.ts'
import type { WeightPrecision } from '../lib/weight-precision.ts'
import type { GemmaConfig } from '../model/config.ts'
import { type GemmaModel, openModel } from '../model/forward.ts'
import { limitThreads } from '../model/ort.ts'
import type { Activation } from '../sae/activation.ts'
import { openSae, type Sae } from '../sae/sae.ts'

/** All that a thread needs to run documents. */
export interface DocumentModel {
  config: GemmaConfig
  weights: HeldArray[]
  precision: WeightPrecision
  hook: Hook
  sae: { name: string; arrays: HeldArray[]; activation: Activation }
}

/** What the worker offers; documents are token ids. */
export interface DocumentRunning {
  open(model: DocumentModel): Promise<void>
  /** Active features of each document, [tokens] rows. */
  run(documents: readonly (readonly number[])[]): Promise<SparseRows[]>
}

let opened: { model: GemmaModel; sae: Sae; hook: Hook } | undefined

const running: DocumentRunning = {
  open: async ({ config, weights, precision, hook, sae: { name, arrays, activation } }) => {
    limitThreads(1)
    const model = openModel({ config, weights: heldFile(weights), backend: 'wasm', precision })
    const sae = await openSae(heldFile(arrays), name, { kind: 'wasm', activation, threads: 1 })
    opened = { model, sae, hook }
  },
  run: async (documents) => {
    if (!opened) throw new Error('documents were given before the model')
    const { model, sae, hook } = opened
    const all: SparseRows[] = []
    for (const document of documents) {
      const x = (await model.forward(document, [hook])).get(hook)
      if (!x) throw new Error(`the model gave no output for ${hook}`)
      all.push(await sae.encode(x))
    }
    return transfer(
      all,
      all.flatMap(({ rowPtr, indices, values }) => [rowPtr.buffer, indices.buffer, values.buffer]),
    )
  },
}

expose(running)

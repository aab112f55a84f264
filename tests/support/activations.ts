// Activations and SAEs of the repository's own files, run in Node as the engine runs them.
import { readFileSync } from 'node:fs'
import { basename } from 'node:path'
import { GivenActivations } from '../../src/engine/activations.ts'
import { type Explained, explain, type Prepared } from '../../src/engine/run.ts'
import { readNpz } from '../../src/formats/npz.ts'
import { Hub } from '../../src/hub/hub.ts'
import { memorySource } from '../../src/lib/byte-source.ts'
import type { Hook } from '../../src/lib/hook.ts'
import { openSae, type Sae } from '../../src/sae/sae.ts'

/** Opens files as the user would by dropping them. */
export function openGiven(files: readonly File[]): Promise<GivenActivations> {
  return GivenActivations.open(files, new Hub('http://localhost/'), new AbortController().signal)
}

export function fileAt(path: string): File {
  return new File([Uint8Array.from(readFileSync(path))], basename(path))
}

/** The SAE of a params.npz in float64 sums, without GPU or wasm. */
export async function referenceSae(path: string): Promise<Sae> {
  const source = memorySource(path, Uint8Array.from(readFileSync(path)))
  return openSae(await readNpz(source), path, { kind: 'reference' })
}

/** One sequence through an SAE that reads `hookIn` and writes `hookOut`. */
export async function runGiven(
  given: GivenActivations,
  sequence: number,
  sae: Sae,
  hookIn?: Hook,
  hookOut = hookIn,
): Promise<{ prepared: Prepared; explained: Explained }> {
  const signal = new AbortController().signal
  const { dIn, dOut } = sae
  const asked = { hookIn, hookOut, source: 'the reference SAE', dIn, dOut }
  const prepared = await given.prepare(sequence, asked, undefined, signal)
  const backends = { sae: 'wasm', model: 'wasm', adapter: 'none', software: true } as const
  const context = { signal, onProgress: () => {} }
  return { prepared, explained: await explain(prepared, sae, backends, context) }
}

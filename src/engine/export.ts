// The dense side of a run as a file: what went into the SAE, what it was measured against, what came out.
import { writeSafetensors } from '../formats/write-safetensors.ts'
import { type Explained, inMemory, joinArrays, type Prepared } from './run.ts'

/**
 * A safetensors file of `activations` [T, dIn], `reconstruction` [T, dOut] and, where they differ from the
 * activations and are known, `target` [T, dOut]; hooks, tokens and ids are in its metadata, lists as JSON.
 */
export async function denseFile(
  { parts }: Prepared,
  { result, target, reconstruction }: Explained,
  { source, model }: { source: string; model: string | undefined },
): Promise<Uint8Array<ArrayBuffer>> {
  const rows = result.features.rows
  const ownTarget = parts.some(({ x, y }) => x !== y)
  const given =
    ownTarget || !target ? joinArrays(await Promise.all(parts.map(({ x }) => inMemory(x)))) : target
  const tensors = [
    { name: 'activations', shape: [rows, given.length / rows], data: given },
    { name: 'reconstruction', shape: [rows, reconstruction.length / rows], data: reconstruction },
  ]
  if (target && ownTarget) tensors.push({ name: 'target', shape: [rows, target.length / rows], data: target })
  const metadata: Record<string, string | undefined> = {
    made_by: 'Featurescope',
    model,
    source,
    hook: result.hookIn,
    target_hook: result.hookOut,
    tokens: JSON.stringify(result.tokens),
    ids: result.ids.length > 0 ? JSON.stringify(result.ids) : undefined,
    l0: String(result.l0),
    fvu: String(result.fvu),
    computed: 'reconstruction = acts · W_dec + b_dec, acts of activations · W_enc + b_enc; sums in float32',
  }
  const known = Object.entries(metadata).flatMap(([key, value]) =>
    value === undefined ? [] : [[key, value]],
  )
  return writeSafetensors(tensors, Object.fromEntries(known))
}

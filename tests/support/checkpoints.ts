// Opens a checkpoint folder (config.json, model.safetensors) and PyTorch's activations over HTTP, in the browser.
import type { ArrayFile } from '../../src/formats/array.ts'
import { readSafetensors } from '../../src/formats/safetensors.ts'
import { openHttpSource } from '../../src/hub/http-source.ts'
import type { Activations } from '../../src/lib/activations.ts'
import { type Hook, parseHook } from '../../src/lib/hook.ts'

/** The notice of tests that are skipped where the reference checkpoints are not. */
export const NO_REFERENCE_DATA = 'REFERENCE_DATA is absent'

/** A model, token ids, and every hook's activations as PyTorch computed them. */
export interface Checkpoint {
  configJson: Record<string, unknown>
  weights: ArrayFile
  ids: number[]
  expected: ArrayFile
}

/** undefined where the folder is not served. */
export async function openCheckpoint(
  modelFolder: string,
  expectedFolder: string,
): Promise<Checkpoint | undefined> {
  const configJson = await json<Record<string, unknown>>(`${modelFolder}/config.json`)
  const input = await json<{ input_ids: number[] }>(`${expectedFolder}/input_ids.json`)
  if (!configJson || !input) return undefined
  const source = (path: string) => openHttpSource(new URL(path, location.origin).href)
  return {
    configJson,
    weights: await readSafetensors(await source(`${modelFolder}/model.safetensors`)),
    ids: input.input_ids,
    expected: await readSafetensors(await source(`${expectedFolder}/activations.safetensors`)),
  }
}

/** A random checkpoint of REFERENCE_DATA; undefined where that folder is absent. */
export function randomCheckpoint(name = 'gemma2-random-a'): Promise<Checkpoint | undefined> {
  const folder = `/reference/${name}`
  return openCheckpoint(folder, folder)
}

/** Every hook the expected activations hold. */
export function expectedHooks({ expected }: Checkpoint): Hook[] {
  return [...expected.keys()].flatMap((name) => parseHook(name)?.hook ?? [])
}

/** All values of one array. */
export async function readAll(file: ArrayFile, name: string): Promise<Float32Array> {
  const entry = file.get(name)
  if (!entry) throw new Error(`no array "${name}"`)
  return entry.readFloat32(
    0,
    entry.shape.reduce((a, b) => a * b, 1),
  )
}

/** One hook's values in JavaScript memory; its GPU buffer, if any, is given back. */
export async function take(outputs: Map<Hook, Activations>, hook: Hook): Promise<Float32Array> {
  const output = outputs.get(hook)
  if (!output) throw new Error(`no output for ${hook}`)
  if (output.location === 'cpu') return output.data
  const data = await output.download()
  output.release()
  return data
}

/** max |actual − expected| / max |expected| */
export function relativeError(actual: Float32Array, expected: Float32Array): number {
  if (actual.length !== expected.length) return Number.POSITIVE_INFINITY
  let difference = 0
  let largest = 0
  for (let i = 0; i < expected.length; i += 1) {
    // A NaN must not hide: every comparison with it is false.
    if (Number.isNaN(actual[i])) return Number.POSITIVE_INFINITY
    difference = Math.max(difference, Math.abs(actual[i] - expected[i]))
    largest = Math.max(largest, Math.abs(expected[i]))
  }
  return difference / largest
}

async function json<T>(path: string): Promise<T | undefined> {
  const response = await fetch(path)
  const isPage = response.headers.get('Content-Type')?.startsWith('text/html')
  return response.ok && !isPage ? response.json() : undefined
}

// Activations given to the engine in place of a model, in a real browser: what a text gives, without the text.
import { beforeAll, describe, expect, test } from 'vitest'
import { Engine } from '../../src/engine/engine.ts'
import type { BackendKind, RunResult } from '../../src/engine/protocol.ts'
import type { TaskContext } from '../../src/engine/tasks.ts'
import { readSafetensors } from '../../src/formats/safetensors.ts'
import { writeNpz } from '../../src/formats/write-npz.ts'
import { memorySource } from '../../src/lib/byte-source.ts'
import type { SparseRows } from '../../src/lib/sparse-rows.ts'

const HUB = new URL('/hub/', location.href).href
const MODEL = 'featurescope/gemma-2-mini'
const RES = '3-miniscope-res-4k'
const TRANSCODER = '3-miniscope-transcoder-4k'
const TEXTS = ['The President spoke about the whale 🐋.', 'def main(self):\n    return None']

const context = (): TaskContext => ({ signal: new AbortController().signal, onProgress: () => {} })

async function start(kind: BackendKind): Promise<Engine> {
  const engine = new Engine(HUB, { onBackends: () => {}, onStorageNotice: () => {} })
  await engine.setBackends({ sae: kind, model: kind, precision: 'f32', gpuBudget: 4e9, weights: 'auto' })
  return engine
}

/** What a person would have dumped: both texts padded on the left, ids and mask beside every hook asked for. */
async function dump(engine: Engine, hooks: readonly string[]): Promise<File> {
  const ids = TEXTS.map((text) => engine.tokenize(text).ids)
  const length = Math.max(...ids.map((list) => list.length))
  const padded = ids.map((list) => [...Array<number>(length - list.length).fill(0), ...list])
  const arrays: Parameters<typeof writeNpz>[0] = {
    input_ids: { shape: [2, length], data: BigInt64Array.from(padded.flat(), BigInt) },
    attention_mask: { shape: [2, length], data: Int32Array.from(padded.flat(), (id) => (id ? 1 : 0)) },
  }
  const named: Record<string, (typeof arrays)[string]> = { ...arrays }
  for (const hook of hooks) {
    const data = new Float32Array(2 * length * 128)
    for (const [at, list] of ids.entries()) {
      const own = await engine.activations(list, hook, context())
      data.set(own.data, ((at + 1) * length - list.length) * 128)
    }
    named[hook] = { shape: [2, length, 128], data }
  }
  return new File([writeNpz(named)], 'dump.npz')
}

function expectSame(given: RunResult, run: RunResult): void {
  expect(given.features).toEqual(run.features)
  expect(given.ids).toEqual(run.ids)
  expect(given.spans).toEqual(run.spans)
  expect(given.l0).toBe(run.l0)
  expect(given.fvu).toBe(run.fvu)
}

test('activations open from an address, whatever its host says of a .json beside them', async () => {
  const engine = await start('wasm')
  await engine.open({ sae: RES }, context())
  const address = new URL('/tests/fixtures/demo/activations.safetensors', location.href).href
  const info = await engine.openActivations(address, context())
  expect(info).toMatchObject({
    array: 'blocks.3.hook_resid_post',
    sequences: 1,
    lengths: [100],
    tokens: 'none',
  })
  const answers: { source: string; l0: number }[] = await (
    await fetch('/tests/fixtures/demo/sae_expected.json')
  ).json()
  const { l0 } = await engine.runActivations(0, context())
  expect(l0).toBeCloseTo(answers.find(({ source }) => source === RES)?.l0 ?? 0, 6)
  await expect(engine.openActivations(`${address}.npz`, context())).rejects.toThrow()
})

describe.each(['wasm', 'webgpu'] as const)('on %s', (kind) => {
  let engine: Engine
  let file: File
  beforeAll(async () => {
    engine = await start(kind)
    await engine.open({ model: MODEL, sae: RES }, context())
    const hooks = ['blocks.3.hook_resid_post', 'blocks.3.ln2.hook_normalized', 'blocks.3.hook_mlp_out']
    file = await dump(engine, hooks)
  }, 120_000)

  test('each sequence gives what its text gives, for a residual SAE and for a transcoder', async () => {
    const info = await engine.openActivations([file], context())
    expect(info).toMatchObject({ sequences: 2, width: 128, hook: 'blocks.3.hook_resid_post', tokens: 'ids' })
    for (const source of [RES, TRANSCODER]) {
      await engine.open({ sae: source }, context())
      for (const [at, text] of TEXTS.entries()) {
        const run = await engine.run(text, context())
        expect(run.fvu).toBeGreaterThan(0)
        const given = await engine.runActivations(at, context())
        expectSame(given, run)
        expect(given.activations).toMatchObject({ name: 'dump.npz', array: run.hookIn })
      }
    }
  })

  test('without a model the same features come, with ids for tokens', async () => {
    await engine.open({ sae: RES }, context())
    const run = await engine.run(TEXTS[0], context())
    const alone = await start(kind)
    await alone.openActivations([file], context())
    await expect(alone.runActivations(0, context())).rejects.toThrow('No SAE is open')
    await alone.open({ sae: RES }, context())
    const given = await alone.runActivations(0, context())
    expect(given.features).toEqual(run.features)
    expect(given.tokens).toEqual(run.ids.map(String))
  })

  test('the dense numbers of a text and of activations are exported, and open again', async () => {
    await engine.open({ sae: TRANSCODER }, context())
    await engine.openActivations([file], context())
    const run = await engine.run(TEXTS[1], context())
    const ofText = await engine.exportDense(TEXTS[1], context())
    const ofSequence = await engine.exportDense({ sequence: 1 }, context())
    for (const bytes of [ofText, ofSequence]) {
      const tensors = await readSafetensors(memorySource('dense', bytes))
      expect([...tensors.keys()].sort()).toEqual(['activations', 'reconstruction', 'target'])
      const { data } = await engine.activations(run.ids, 'blocks.3.hook_mlp_out', context())
      expect(await tensors.get('target')?.readFloat32(0, data.length)).toEqual(data)
      const decoded = await engine.decode(run.features, undefined, context())
      expect(await tensors.get('reconstruction')?.readFloat32(0, decoded.length)).toEqual(decoded)
    }
    const info = await engine.openActivations([new File([ofText], 'exported.safetensors')], context())
    expect(info).toMatchObject({
      array: 'activations',
      hook: 'blocks.3.ln2.hook_normalized',
      tokens: 'strings',
    })
    const again = await engine.runActivations(0, context())
    expect(again.features).toEqual<SparseRows>(run.features)
    expect(again.spans).toEqual(run.spans)
  })

  test('an SAE of another hook or width is refused, and what was open stays', async () => {
    await engine.openActivations([file], context())
    await engine.open({ sae: '3-miniscope-att-4k' }, context())
    await expect(engine.runActivations(0, context())).rejects.toMatchObject({
      title: 'These activations are of another hook than the SAE reads.',
    })
    const wide = new File(
      [writeNpz({ acts: { shape: [2, 2304], data: new Float32Array(4608) } })],
      'wide.npz',
    )
    await engine.openActivations([wide], context())
    await expect(engine.runActivations(0, context())).rejects.toMatchObject({
      detail: 'acts in wide.npz is 2304 wide; 3-miniscope-att-4k reads 192.',
    })
    await expect(engine.openActivations([new File(['x'], 'notes.txt')], context())).rejects.toThrow()
    await expect(engine.runActivations(0, context())).rejects.toThrow('2304 wide')
    engine.closeActivations()
    await expect(engine.runActivations(0, context())).rejects.toThrow('No activations are open')
  })
})

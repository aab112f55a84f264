// Every hook at every layer against PyTorch in float32, on both backends; prints and writes the parity table.
import { afterAll, expect, test } from 'vitest'
import { commands } from 'vitest/browser'
import { requestGpu } from '../../src/gpu/device.ts'
import { type Hook, type HookSite, parseHook } from '../../src/lib/hook.ts'
import { parseGemmaConfig } from '../../src/model/config.ts'
import { openModel } from '../../src/model/forward.ts'
import {
  expectedHooks,
  NO_REFERENCE_DATA,
  openCheckpoint,
  randomCheckpoint,
  readAll,
  relativeError,
  take,
} from '../support/checkpoints.ts'

/** float32 carries 6e-8; sums in another order over a few layers stay far below this (3e-6 seen, at hook_z). */
const TOLERANCE = 1e-5
const BACKENDS = ['wasm', 'webgpu'] as const
const SITES: readonly HookSite[] = ['hook_resid_post', 'attn.hook_z', 'hook_mlp_out', 'ln2.hook_normalized']

const checkpoints = {
  'gemma2-random-a': await randomCheckpoint('gemma2-random-a'),
  'gemma3-random-a': await randomCheckpoint('gemma3-random-a'),
  'gemma-2-mini': await openCheckpoint('/hub/featurescope/gemma-2-mini', '/tests/fixtures/demo'),
}
/** The worst error over all layers, by "checkpoint | site", then by backend. */
const worst = new Map<string, Map<string, number>>()

test.for(
  Object.entries(checkpoints).flatMap(([name, checkpoint]) =>
    BACKENDS.map((backend) => [name, backend, checkpoint] as const),
  ),
)("%s on %s gives PyTorch's activations at every hook", async ([name, backend, checkpoint], context) => {
  if (!checkpoint && name.includes('random')) return context.skip(NO_REFERENCE_DATA)
  if (!checkpoint) throw new Error(`${name} is not bundled`)
  const device = backend === 'webgpu' ? (await requestGpu())?.device : undefined
  const config = parseGemmaConfig(checkpoint.configJson)
  const model = openModel({ config, weights: checkpoint.weights, backend, device })
  const hooks = expectedHooks(checkpoint)
  expect(hooks).toHaveLength(SITES.length * config.numHiddenLayers)
  const outputs = await model.forward(checkpoint.ids, hooks)
  const errors = new Map<Hook, number>()
  for (const hook of hooks) {
    expect(outputs.get(hook)?.location).toBe(backend === 'webgpu' ? 'gpu' : 'cpu')
    const error = relativeError(await take(outputs, hook), await readAll(checkpoint.expected, hook))
    errors.set(hook, error)
    note(`${name} | ${parseHook(hook)?.site}`, backend, error)
  }
  model.dispose()
  for (const [hook, error] of errors) expect(error, hook).toBeLessThanOrEqual(TOLERANCE)
})

afterAll(async () => {
  const rows = [...worst].map(
    ([row, errors]) =>
      `| ${row} | ${BACKENDS.map((b) => errors.get(b)?.toExponential(1) ?? '–').join(' | ')} |`,
  )
  const head = `| checkpoint | hook | ${BACKENDS.join(' | ')} |\n|---|---|---|---|`
  const table = `Largest |difference| / largest |value| over all layers:\n\n${[head, ...rows].join('\n')}\n`
  // biome-ignore lint/suspicious/noConsole: the table is what a person runs this test for
  console.log(table)
  await commands.writeFile('test-results/model-parity.md', table)
})

function note(row: string, backend: string, error: number): void {
  const errors = worst.get(row) ?? new Map<string, number>()
  worst.set(row, errors.set(backend, Math.max(errors.get(backend) ?? 0, error)))
}

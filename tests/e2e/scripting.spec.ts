import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { referenceFolder } from '../support/reference-data.ts'
import { expect, settled, test } from './page.ts'

test('window.featurescope runs, encodes, decodes and describes what the page shows', async ({ page }) => {
  await page.goto('./')
  await settled(page)
  const found = await page.evaluate(async () => {
    const scope = window.featurescope
    const run = await scope.run('Call me Ishmael.')
    const { ids } = await scope.tokenize('Call me Ishmael.')
    const { shape, data } = await scope.activations(ids, 'blocks.3.hook_resid_post')
    const sparse = await scope.encode(data, shape[0])
    const decoded = await scope.decode(sparse)
    const index = run.features.indices[run.features.rowPtr[2]]
    const dashboard = await scope.feature(index)
    return {
      version: scope.version,
      backend: await scope.backend(),
      same: run.features.indices.join() === sparse.indices.join(),
      l0: run.l0,
      tokens: run.tokens,
      shape,
      decoded: decoded.length,
      norm: dashboard.decoderNorm,
      top: dashboard.logits?.top.length,
    }
  })
  expect(found.version).toMatch(/^\d+\.\d+\.\d+/)
  expect(found.backend).toMatchObject({ sae: 'wasm', model: 'wasm' })
  expect(found.backend.adapter).toMatch(/swiftshader/i)
  expect(found.same).toBe(true)
  expect(found.tokens[0]).toBe('<bos>')
  expect(found.decoded).toBe(found.shape[0] * found.shape[1])
  expect(found.norm).toBeCloseTo(1, 4)
  expect(found.top).toBe(10)
  expect(found.l0).toBeGreaterThan(1)
})

test('rejections carry a title, a detail and a remedy', async ({ page }) => {
  await page.goto('./')
  await settled(page)
  const error = await page.evaluate(async () => {
    try {
      await window.featurescope.open({ sae: 'nothing' })
    } catch (thrown) {
      return { ...(thrown as { title: string; detail: string; remedy: string }) }
    }
    return undefined
  })
  expect(error?.title).toContain('nothing')
  expect(error?.detail).toBeTruthy()
  expect(error?.remedy).toBeTruthy()
})

const reference = referenceFolder()
const file = (path: string): number[] => [...readFileSync(join(reference ?? '', path))]

for (const [format, names] of [
  ['Gemma Scope params.npz', ['sae/jumprelu-a/params.npz']],
  ['a SAELens folder', ['sae/jumprelu-a-saelens/cfg.json', 'sae/jumprelu-a-saelens/sae_weights.safetensors']],
  [
    'a Gemma Scope 2 folder',
    ['sae/jumprelu-a-scope2/config.json', 'sae/jumprelu-a-scope2/params.safetensors'],
  ],
] as const) {
  test(`an SAE from local files, ${format}, has exactly the expected active features`, async ({ page }) => {
    test.skip(!reference, 'REFERENCE_DATA is absent')
    await page.goto('./')
    await settled(page)
    const expected = JSON.parse(readFileSync(join(reference ?? '', 'sae/jumprelu-a/expected.json'), 'utf8'))
    const activations = readFileSync(join(reference ?? '', 'sae/jumprelu-a/activations.npy')).subarray(128)
    const found = await page.evaluate(
      async ({ files, bytes, rows }) => {
        const given = files.map(({ name, content }) => new File([Uint8Array.from(content)], name))
        await window.featurescope.open({ sae: given })
        const sparse = await window.featurescope.encode(new Float32Array(Uint8Array.from(bytes).buffer), rows)
        return Array.from({ length: rows }, (_, row) => [
          ...sparse.indices.slice(sparse.rowPtr[row], sparse.rowPtr[row + 1]),
        ])
      },
      {
        files: names.map((path) => ({ name: path.slice(path.lastIndexOf('/') + 1), content: file(path) })),
        bytes: [...activations],
        rows: expected.tokens as number,
      },
    )
    expect(found).toEqual(expected.active.map((row: { indices: number[] }) => row.indices))
  })
}

test('a model from local files, without a tokenizer, gives PyTorch’s activations for ids', async ({
  page,
}) => {
  test.skip(!reference || !existsSync(join(reference, 'gemma2-random-a')), 'REFERENCE_DATA is absent')
  await page.goto('./')
  await settled(page)
  const ids = JSON.parse(readFileSync(join(reference ?? '', 'gemma2-random-a/input_ids.json'), 'utf8'))
  const list: number[] = Array.isArray(ids) ? ids.flat() : ids.input_ids.flat()
  const found = await page.evaluate(
    async ({ config, weights, input }) => {
      const files = [
        new File([Uint8Array.from(config)], 'config.json'),
        new File([Uint8Array.from(weights)], 'model.safetensors'),
      ]
      const { model } = await window.featurescope.open({ model: files })
      const { shape, data } = await window.featurescope.activations(input, 'blocks.3.hook_resid_post')
      return { hasTokenizer: model?.hasTokenizer, shape, data: [...data] }
    },
    {
      config: file('gemma2-random-a/config.json'),
      weights: file('gemma2-random-a/model.safetensors'),
      input: list,
    },
  )
  expect(found.hasTokenizer).toBe(false)
  expect(found.shape).toEqual([list.length, 96])
  const expected = tensor('gemma2-random-a/activations.safetensors', 'blocks.3.hook_resid_post')
  expect(expected.length).toBe(found.data.length)
  const scale = expected.reduce((max, value) => Math.max(max, Math.abs(value)), 0)
  const worst = expected.reduce((max, value, i) => Math.max(max, Math.abs(value - found.data[i])), 0)
  expect(worst / scale).toBeLessThan(1e-5)
})

/** One float32 tensor of a reference safetensors file. */
function tensor(path: string, name: string): number[] {
  const bytes = readFileSync(join(reference ?? '', path))
  const headerLength = Number(bytes.readBigUInt64LE(0))
  const header = JSON.parse(bytes.subarray(8, 8 + headerLength).toString())
  const [begin, end] = header[name].data_offsets
  return [
    ...new Float32Array(
      Uint8Array.from(bytes.subarray(8 + headerLength + begin, 8 + headerLength + end)).buffer,
    ),
  ]
}

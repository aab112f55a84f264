// Activations as Python writes them, encoded: the features numpy finds in float64, in every container and type.
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Hook, parseHook } from '../../src/lib/hook.ts'
import type { SparseRows } from '../../src/lib/sparse-rows.ts'
import { fileAt, openGiven, referenceSae, runGiven } from '../support/activations.ts'
import { findPython, runPython } from '../support/python.ts'
import { referenceFolder } from '../support/reference-data.ts'
import { expectSameFeatures } from '../support/sae-behaviour.ts'

/** Writes x = activations.npy in every form, and for those that round x, what numpy makes of the rounded numbers. */
const WRITE = `
import sys, json, struct
import numpy as np
source, out = sys.argv[1:]
x = np.load(source + '/activations.npy')
p = dict(np.load(source + '/params.npz'))

def features(x):
    pre = x.astype(np.float64) @ p['W_enc'].astype(np.float64) + p['b_enc']
    rows = [np.flatnonzero(row > p['threshold']) for row in pre]
    return [{'indices': i.tolist(), 'values': pre[t, i].tolist()} for t, i in enumerate(rows)]

def safetensors(path, dtype, arrays, metadata):
    header, data = {'__metadata__': metadata}, b''
    for name, (bytes_, shape) in arrays.items():
        header[name] = {'dtype': dtype, 'shape': shape, 'data_offsets': [len(data), len(data) + len(bytes_)]}
        data += bytes_
    text = json.dumps(header).encode()
    open(path, 'wb').write(struct.pack('<Q', len(text)) + text + data)

tokens = ['<bos>'] + ['▁t%d' % i for i in range(1, len(x))]
np.save(out + '/f4.npy', x)
np.save(out + '/f8.npy', x.astype('f8'))
np.save(out + '/big-endian.npy', x.astype('>f4'))
np.save(out + '/fortran.npy', np.asfortranarray(x))
np.save(out + '/f2.npy', x.astype('f2'))
padded = np.zeros((3, len(x) + 4, x.shape[1]), 'f4')
padded[1, 4:] = x
ids = np.zeros(padded.shape[:2], 'i8')
ids[1, 4:] = np.arange(2, len(x) + 2)
ids[[0, 2], 0] = 2
batch = {'hidden_states_21': padded, 'input_ids': ids, 'attention_mask': (ids != 0).astype('i8')}
np.savez(out + '/batch.npz', **batch)
np.savez_compressed(out + '/deflated.npz', **batch)
np.savez(out + '/fortran-batch.npz', acts=np.asfortranarray(padded), ids=ids)
np.savez(out + '/tokens.npz', activations=x[None], tokens=np.array([tokens]))
bf16 = (x.view('u4') >> 16).astype('u2')
safetensors(out + '/f32.safetensors', 'F32', {'blocks.20.hook_resid_post': (x.tobytes(), list(x.shape))}, {'tokens': json.dumps(tokens)})
safetensors(out + '/bf16.safetensors', 'BF16', {'acts': (bf16.tobytes(), list(x.shape))}, {})
rounded = {'f2.npy': x.astype('f2'), 'bf16.safetensors': (bf16.astype('u4') << 16).view('f4')}
print(json.dumps({name: features(array) for name, array in rounded.items()}))
`

interface Row {
  indices: number[]
  values: number[]
}

describe.skipIf(!referenceFolder())(
  'the reference activations (skipped where REFERENCE_DATA is absent)',
  () => {
    const source = join(referenceFolder() ?? '', 'sae/jumprelu-a')
    const out = mkdtempSync(join(tmpdir(), 'featurescope-activations-'))
    let rounded: Record<string, Row[]>
    let exact: Row[]

    beforeAll(() => {
      findPython()
      rounded = JSON.parse(runPython(WRITE, [source, out]))
      exact = JSON.parse(readFileSync(join(source, 'expected.json'), 'utf8')).active
    }, 300_000)
    afterAll(() => rmSync(out, { recursive: true, force: true }))

    test.for<[string, number, 'strings' | 'ids' | 'none']>([
      ['f4.npy', 0, 'none'],
      ['f8.npy', 0, 'none'],
      ['big-endian.npy', 0, 'none'],
      ['fortran.npy', 0, 'none'],
      ['f2.npy', 0, 'none'],
      ['batch.npz', 1, 'ids'],
      ['deflated.npz', 1, 'ids'],
      ['fortran-batch.npz', 1, 'ids'],
      ['tokens.npz', 0, 'strings'],
      ['f32.safetensors', 0, 'strings'],
      ['bf16.safetensors', 0, 'none'],
    ])('%s', async ([name, sequence, tokens]) => {
      const sae = await referenceSae(join(source, 'params.npz'))
      const given = await openGiven([fileAt(join(out, name))])
      const info = await given.describe(undefined)
      expect(info).toMatchObject({ width: 96, tokens })
      expect(info.lengths[sequence]).toBe(40)
      const { result } = (await runGiven(given, sequence, sae)).explained
      expectSameFeatures(result.features, sparse(rounded[name] ?? exact, sae.dSae))
      if (tokens === 'ids') expect(result.ids).toEqual(Array.from({ length: 40 }, (_, i) => i + 2))
      if (tokens === 'strings')
        expect(result.spans.slice(0, 2).map(({ text }) => text)).toEqual(['<bos>', ' t1'])
    })
  },
)

test('a file of every hook serves every SAE: the bundled ones answer as numpy does, transcoder included', async () => {
  const hub = resolve('public/hub')
  const answers: Answer[] = JSON.parse(readFileSync('tests/fixtures/demo/sae_expected.json', 'utf8'))
  const given = await openGiven([fileAt('tests/fixtures/demo/activations.safetensors')])
  expect(answers.length).toBeGreaterThan(4)
  for (const { repo, path, hookIn, hookOut, active, l0, fvu } of answers) {
    const sae = await referenceSae(join(hub, repo, path))
    const { result } = (await runGiven(given, 0, sae, hook(hookIn), hook(hookOut))).explained
    expect(result.activations).toMatchObject({ array: hookIn, hook: hookIn })
    const rows = active.map((row) => ({ indices: row.map(([i]) => i), values: row.map(([, v]) => v) }))
    expectSameFeatures(result.features, sparse(rows, sae.dSae))
    expect(result.l0).toBeCloseTo(l0, 9)
    expect(Math.abs(result.fvu / fvu - 1)).toBeLessThan(1e-5)
  }
})

interface Answer {
  repo: string
  path: string
  hookIn: string
  hookOut: string
  active: [number, number][][]
  l0: number
  fvu: number
}

function hook(name: string): Hook | undefined {
  return parseHook(name)?.hook
}

function sparse(rows: readonly Row[], width: number): SparseRows {
  const rowPtr = new Uint32Array(rows.length + 1)
  rows.forEach(({ indices }, row) => {
    rowPtr[row + 1] = rowPtr[row] + indices.length
  })
  const indices = Uint32Array.from(rows.flatMap((row) => row.indices))
  const values = Float32Array.from(rows.flatMap((row) => row.values))
  return { rows: rows.length, width, rowPtr, indices, values }
}

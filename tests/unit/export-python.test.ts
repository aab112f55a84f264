// Exports read back by Python: scipy, the csv and json modules and plain struct see the numbers the page shows,
// and numpy computes the same from the exported activations and the SAE's own file.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { denseFile } from '../../src/engine/export.ts'
import { featuresNpz } from '../../src/formats/write-features.ts'
import { type ExportedRun, featuresCsv, featuresJson } from '../../src/lib/export-features.ts'
import { fileAt, openGiven, referenceSae, runGiven } from '../support/activations.ts'
import { findPython, runPython } from '../support/python.ts'

const READ = `
import sys, json, csv, struct
import numpy as np, scipy.sparse
folder, params = sys.argv[1:]

csr = scipy.sparse.load_npz(folder + '/features.npz')
assert csr.format == 'csr' and csr.dtype == np.float32 and csr.has_sorted_indices
npz = np.load(folder + '/features.npz', allow_pickle=False)

run = json.load(open(folder + '/features.json', encoding='utf8'))
assert (run['n_tokens'], run['n_features']) == csr.shape
for t, row in enumerate(run['activations']):
    own = csr[t]
    assert [f for f, _ in row] == own.indices.tolist(), t
    assert np.array_equal(np.array([a for _, a in row], 'f4'), own.data), t
assert npz['tokens'].tolist() == run['tokens']

with open(folder + '/features.csv', newline='', encoding='utf8') as file:
    lines = list(csv.DictReader(file))
coo = csr.tocoo()
assert [int(l['position']) for l in lines] == coo.row.tolist()
assert [int(l['feature']) for l in lines] == coo.col.tolist()
assert np.array_equal(np.array([float(l['activation']) for l in lines], 'f4'), coo.data)
texts = [lines[i]['token'] for i in np.unique(coo.row, return_index=True)[1]]

raw = open(folder + '/dense.safetensors', 'rb').read()
size, = struct.unpack('<Q', raw[:8])
header = json.loads(raw[8:8 + size])
def tensor(name):
    begin, end = header[name]['data_offsets']
    assert header[name]['dtype'] == 'F32'
    return np.frombuffer(raw[8 + size + begin:8 + size + end], '<f4').reshape(header[name]['shape'])
x, recon = tensor('activations'), tensor('reconstruction')
y = tensor('target') if 'target' in header else x
assert json.loads(header['__metadata__']['tokens']) == run['tokens']

p = {k: v.astype('f8') for k, v in np.load(params).items()}
pre = x.astype('f8') @ p['W_enc'] + p['b_enc']
acts = np.where(pre > p['threshold'], pre, 0)
assert np.array_equal(acts > 0, csr.toarray() > 0)
y_hat = acts @ p['W_dec'] + p['b_dec']
def off(a, b):
    return float(np.abs(a - b).max() / np.abs(b).max())
centred = y[1:] - y[1:].astype('f8').mean(0)
print(json.dumps({
    'tensors': sorted(k for k in header if k != '__metadata__'),
    'hook': header['__metadata__']['hook'],
    'texts': texts,
    'acts': off(csr.toarray(), acts),
    'recon': off(recon, y_hat),
    'l0': float((acts[1:] > 0).sum(1).mean()) - run['l0'],
    'fvu': float(((y[1:] - y_hat[1:]) ** 2).sum() / (centred ** 2).sum()) / run['fvu'] - 1,
}))
`

const folder = mkdtempSync(join(tmpdir(), 'featurescope-export-'))
beforeAll(() => void findPython('scipy'), 300_000)
afterAll(() => rmSync(folder, { recursive: true, force: true }))

test.for([
  ['a residual SAE', 'mini-scope-res/layer_3/width_4k/average_l0_11', 'hook_resid_post', 'hook_resid_post'],
  [
    'a transcoder',
    'mini-scope-transcoders/layer_3/width_4k/average_l0_26',
    'ln2.hook_normalized',
    'hook_mlp_out',
  ],
] as const)('of %s', async ([, path, siteIn, siteOut]) => {
  const params = `public/hub/featurescope/${path}/params.npz`
  // Whatever tokens can hold: formulas, quotes, line ends, bytes, a character outside the basic plane.
  const nasty = ['<bos>', '=1+1', '-"x",', '\n', '▁é', '@😀', "'", '\r\n', '+', '\t']
  const tokens = Array.from({ length: 100 }, (_, i) => nasty[i] ?? `▁t${i}`)
  const given = await openGiven([
    fileAt('tests/fixtures/demo/activations.safetensors'),
    new File([JSON.stringify({ tokens })], 'tokens.json'),
  ])
  const sae = await referenceSae(params)
  const ran = await runGiven(given, 0, sae, `blocks.3.${siteIn}`, `blocks.3.${siteOut}`)
  const { result } = ran.explained
  const run: ExportedRun = {
    ...result,
    model: 'gemma-2-mini',
    source: path,
    origin: 'model',
    text: undefined,
  }
  writeFileSync(join(folder, 'features.json'), featuresJson(run))
  writeFileSync(join(folder, 'features.csv'), featuresCsv(run))
  writeFileSync(join(folder, 'features.npz'), featuresNpz(run.features, run.tokens, run.ids))
  const dense = await denseFile(ran.prepared, ran.explained, { source: path, model: 'gemma-2-mini' })
  writeFileSync(join(folder, 'dense.safetensors'), dense)

  const read = JSON.parse(runPython(READ, [folder, params], undefined, 'scipy'))
  expect(read.tensors).toEqual(
    siteIn === siteOut ? ['activations', 'reconstruction'] : ['activations', 'reconstruction', 'target'],
  )
  expect(read.hook).toBe(`blocks.3.${siteIn}`)
  expect(read.acts).toBeLessThan(1e-6)
  expect(read.recon).toBeLessThan(1e-6)
  expect(Math.abs(read.l0)).toBeLessThan(1e-9)
  expect(Math.abs(read.fvu)).toBeLessThan(1e-5)
  const shown = ['<bos>', "'=1+1", `'-"x",`, '\n', ' é', "'@😀", "'", "'\r\n", "'+", "'\t"]
  expect(read.texts.slice(0, 10)).toEqual(shown)

  // What the page exports it opens again, with the same features.
  const again = await openGiven([new File([dense], 'dense.safetensors')])
  const hookIn = `blocks.3.${siteIn}` as const
  const second = (await runGiven(again, 0, sae, hookIn, `blocks.3.${siteOut}`)).explained.result
  expect(second.features).toEqual(result.features)
  expect(second.tokens).toEqual(tokens)
})

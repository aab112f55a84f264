// SAEs of the public hub are known by the public catalogue, and open without it under their own name.
import { expect, test } from 'vitest'
import { catalogueLists, type Lists } from '../../src/engine/catalogues.ts'
import { openSaeFiles, type SaeFiles } from '../../src/engine/sae-files.ts'
import { Hub } from '../../src/hub/hub.ts'
import { readSaeShape } from '../../src/sae/weights.ts'
import { FakeHubClient } from '../support/fake-hub-client.ts'

const REPO = 'google/gemma-scope-2b-pt-res'
const PATH = 'layer_20/width_16k/average_l0_71/params.npz'
const fake = await FakeHubClient.beside()

function open(asked: string, change: Partial<Lists> = {}): Promise<SaeFiles> {
  const hub = new Hub(`${location.origin}/hub/`)
  hub.configure({ endpoint: fake.origin })
  return openSaeFiles(asked, { ...catalogueLists(hub), ...change }, hub, new AbortController().signal)
}

test.for([`${REPO}/${PATH}`, `hf:${REPO}@main/${PATH}`])('%s is known by its row', async (asked) => {
  const found = await open(asked)
  expect(found).toMatchObject({
    ...{
      repo: REPO,
      path: PATH,
      source: '20-gemmascope-res-16k',
      model: 'gemma-2-2b',
      site: 'res',
      layer: 20,
    },
    ...{ hookIn: 'blocks.20.hook_resid_post', hookOut: 'blocks.20.hook_resid_post', published: { l0: 71 } },
  })
  expect(readSaeShape(found.arrays, 'x')).toMatchObject({ dIn: 2304, dSae: 16384 })
})

test('without the list its path tells, and it can be opened again by its name', async () => {
  const found = await open(`${REPO}/${PATH}`, { published: () => Promise.reject(new Error('no list')) })
  expect(found).toMatchObject({
    ...{ repo: REPO, path: PATH, source: `hf:${REPO}/${PATH}`, layer: 20, published: undefined },
    hookIn: 'blocks.20.hook_resid_post',
  })
})

// The source page over a fake engine: what the store keeps of the statistics, and what each state looks like.
import { createElement, type FunctionComponent } from 'react'
import { renderToStaticMarkup } from 'react-dom/server'
import { beforeEach, describe, expect, test } from 'vitest'
import type { CatalogueEntry, SaeInfo } from '../../src/engine/protocol.ts'
import { UserError } from '../../src/lib/errors.ts'
import type { AppStore } from '../../src/store/app-store.ts'
import { StoreContext } from '../../src/store/hooks.ts'
import type { AppState } from '../../src/store/types.ts'
import { FarApart } from '../../src/views/FarApart.tsx'
import { SourceView } from '../../src/views/source/SourceView.tsx'
import type { FakeEngine } from '../support/fake-engine.ts'
import { pageState } from '../support/page-state.ts'

const RES = '#/fake-mini/3-fakescope-res-4k?text=a%20time%20machine'
const OTHER = '#/fake-mini/2-fakescope-res-4k'

let engine: FakeEngine
let store: AppStore
let open: (address: string) => Promise<void>

beforeEach(() => {
  const page = pageState()
  engine = page.engine
  store = page.store
  open = page.go
})

const state = (): AppState => store.getState()

/** The open SAE with other figures. */
function withSae(change: Partial<SaeInfo>): void {
  const { sae } = state()
  if (!sae) throw new Error('no SAE is open')
  store.setState({ sae: { ...sae, ...change } })
}

/** What a component shows in the present state. */
function shown<P extends object>(component: FunctionComponent<P>, props: P): string {
  // On the server a store is read as it was created; here as it is now.
  const value = { ...store, getInitialState: store.getState }
  return renderToStaticMarkup(
    createElement(StoreContext.Provider, { value }, createElement(component, props)),
  )
}

const page = (): string => shown(SourceView, {})
const words = (html: string): string => html.replace(/<[^>]*>/g, ' ').replace(/\s+/g, ' ')

function gate(): { promise: Promise<void>; open: () => void } {
  let resolve = (): void => undefined
  const promise = new Promise<void>((done) => {
    resolve = done
  })
  return { promise, open: () => resolve() }
}

const asked = (): number => engine.calls.filter((call) => call === 'sourceStatistics').length

describe('statistics of the open source', () => {
  test('are asked for once and kept', async () => {
    await open(RES)
    await state().loadStatistics()
    await state().loadStatistics()
    expect(state().statistics).toMatchObject({ status: 'ready', value: { threshold: { min: 0.1, max: 2 } } })
    expect(asked()).toBe(1)
  })

  test('show their progress while they are read, once for two askers', async () => {
    await open(RES)
    const reading = gate()
    engine.hold.set('sourceStatistics', reading.promise)
    const loading = [state().loadStatistics(), state().loadStatistics()]
    expect(state().statistics).toMatchObject({ status: 'loading', progress: { done: 1, unit: 'bytes' } })
    reading.open()
    await Promise.all(loading)
    expect(state().statistics?.status).toBe('ready')
    expect(asked()).toBe(1)
  })

  test('can be cancelled and asked for again', async () => {
    await open(RES)
    engine.hold.set('sourceStatistics', gate().promise)
    const loading = state().loadStatistics()
    state().cancelStatistics()
    await loading
    expect(state().statistics).toEqual({ status: 'cancelled' })
    engine.hold.clear()
    await state().loadStatistics()
    expect(state().statistics?.status).toBe('ready')
  })

  test('that fail say why, and can be tried again', async () => {
    await open(RES)
    const error = new UserError({
      title: 'The file is gone.',
      detail: 'params.npz',
      remedy: 'Open it again.',
    })
    engine.fail.set('sourceStatistics', error)
    await state().loadStatistics()
    expect(state().statistics).toEqual({ status: 'failed', error })
    engine.fail.clear()
    await state().loadStatistics()
    expect(state().statistics?.status).toBe('ready')
  })

  test('go with their source, also when they come late', async () => {
    await open(RES)
    await state().loadStatistics()
    await open(OTHER)
    expect(state().sae?.source).toBe('2-fakescope-res-4k')
    expect(state().statistics).toBeUndefined()
    const reading = gate()
    engine.hold.set('sourceStatistics', reading.promise)
    const loading = state().loadStatistics()
    await open(RES)
    reading.open()
    await loading
    expect(state().statistics).toBeUndefined()
  })

  test('without a source are not asked for', async () => {
    await state().loadStatistics()
    expect(state().statistics).toBeUndefined()
    expect(asked()).toBe(0)
  })
})

describe('the source page', () => {
  test('without a source says so', () => {
    expect(words(page())).toMatch(/No source is open\. Choose one above\./)
  })

  test('names source, file and shapes, hooks, activation function and how the weights are held', async () => {
    await open(RES)
    const weights = { precision: 'f16', bytes: 2_360_000, streamedRanges: 3 } as const
    store.setState({
      backends: { sae: 'webgpu', model: 'wasm', adapter: 'Fake', software: true, weights },
    })
    const text = words(page())
    expect(text).toMatch(/fake-mini › 3-fakescope-res-4k/)
    expect(text).toMatch(/fake\/scope-res · layer_3\/params\.npz/)
    expect(text).toMatch(/d_in 144 d_sae 4,096 d_out 144 activation function JumpReLU/)
    expect(text).toMatch(/reads blocks\.3\.hook_resid_post reconstructs blocks\.3\.hook_resid_post/)
    expect(text).toMatch(/float16, 2\.4 MB on the GPU, the rest streamed in 3 parts/)
    withSae({ hookIn: undefined, activation: { kind: 'topk', k: 64 } })
    expect(words(page())).toMatch(/TopK, k = 64 reads unknown: the file names none/)
  })

  test('links to the hub’s folder and to Neuronpedia where the source is there, and tells no one where from', async () => {
    await open(RES)
    expect(page()).not.toMatch(/href="http/)
    const library = await engine.client.publicCatalogue()
    const [entry] = library.filter(({ neuronpedia }) => neuronpedia)
    const { repo, path } = entry
    withSae({ repo, path })
    await state().refreshStorage()
    const file = { key: 'k', name: `${repo}/${path}`, revision: 'fd571b47c1c64851e9b1989792367b9babb4af63' }
    const stored = { ...file, size: 9, present: 9, verified: 'sha256', lastUsed: 0 } as const
    const { storage } = state()
    if (!storage) throw new Error('storage was not looked at')
    store.setState({ library, storage: { ...storage, files: [stored] } })
    const links = [...page().matchAll(/<a href="(http[^"]*)" rel="([^"]*)"/g)]
    expect(links.map(([, href]) => href)).toEqual([
      `https://huggingface.co/${repo}/tree/${file.revision}/${path.replace('/params.npz', '')}`,
      `https://www.neuronpedia.org/${entry.neuronpedia}`,
    ])
    expect(links.every(([, , rel]) => rel.includes('noreferrer'))).toBe(true)
    expect(words(page())).toMatch(/revision fd571b47c1c6/)
  })

  test('reads the weights of a small source by itself, and asks before a large one', async () => {
    await open(RES)
    expect(page()).toMatch(/role="progressbar"/)
    withSae({ dIn: 2304, dSae: 16384, dOut: 2304 })
    expect(page()).not.toMatch(/role="progressbar"/)
    expect(words(page())).toMatch(/need every weight: 302\.1 MB, from where the file lies\. Read the weights/)
  })

  test('shows progress with a way to cancel, a cancelled reading, and a failed one with a way to try again', async () => {
    await open(RES)
    const progress = { label: 'Reading weights', done: 1e6, total: 4e6, unit: 'bytes' } as const
    store.setState({ statistics: { status: 'loading', label: progress.label, progress, since: 0 } })
    expect(words(page())).toMatch(/Reading weights 1\.0 MB of 4\.0 MB.*Cancel/)
    store.setState({ statistics: { status: 'cancelled' } })
    expect(words(page())).toMatch(/Reading was cancelled\..*Read the weights/)
    const error = new UserError({
      title: 'The file is gone.',
      detail: 'params.npz',
      remedy: 'Open it again.',
    })
    store.setState({ statistics: { status: 'failed', error } })
    expect(words(page())).toMatch(/The file is gone\. params\.npz Open it again\. Try again/)
  })

  test('shows four histograms with their figures, and how far decoder norms are from 1', async () => {
    await open(RES)
    await state().loadStatistics()
    const html = page()
    const captions = [...html.matchAll(/<figcaption[^>]*>([^<]*)</g)].map(([, caption]) => caption)
    expect(captions).toEqual(
      ['Thresholds', 'Decoder norms', 'Encoder norms', 'Encoder · decoder'].map(
        (name) => `${name} of 4,096 features`,
      ),
    )
    expect(words(html)).toMatch(/min 0\.10 median 1\.05 mean 1\.05 max 2\.00/)
    expect(words(html)).toMatch(/not all 1 within 1e-5.*off by 0\.001 at most/)
    expect(words(html)).toContain('‖W_enc[:, f]‖₂ = √Σ_k W_enc[k, f]²')
  })

  test('has no threshold histogram where there are no thresholds, and no cosine between two spaces', async () => {
    await open(RES)
    await state().loadStatistics()
    const { statistics } = state()
    if (statistics?.status !== 'ready') throw new Error('the statistics are not there')
    store.setState({ statistics: { status: 'ready', value: { ...statistics.value, cosine: undefined } } })
    withSae({ activation: { kind: 'relu' }, dOut: 160 })
    const html = page()
    expect(html.match(/<figcaption/g)).toHaveLength(2)
    expect(words(html)).toMatch(/ReLU has none/)
    expect(words(html)).toMatch(/No cosine: this SAE reads 144 numbers and writes 160/)
  })
})

describe('the current text', () => {
  const published: Pick<CatalogueEntry, 'l0' | 'fvu'> = { l0: 15.2, fvu: 0.25 }

  test('stands beside what is published, without a warning where they are near', async () => {
    await open(RES)
    withSae({ published })
    expect(words(page())).toMatch(/this text published L0 14\.7 15\.2 FVU 0\.274 0\.250/)
    expect(page()).not.toMatch(/What may have happened/)
  })

  test('far from what is published is warned of, on this page and on the explore page’s figures', async () => {
    await open(RES)
    const { shown: run } = state()
    if (!run) throw new Error('no text was run')
    withSae({ published: { l0: 1.1 } })
    const warning =
      /L0 is 14\.7 where 1\.1 is published: are these raw activations of blocks\.3\.hook_resid_post/
    // Four tokens besides <bos>: so few may be 6 times off, and 14.7 / 1.1 is more.
    expect(words(page())).toMatch(warning)
    expect(words(shown(FarApart, { shown: run }))).toMatch(warning)
    expect(words(shown(FarApart, { shown: run }))).toMatch(/a plain ReLU in place of the SAE’s thresholds/)
    withSae({ source: 'another' })
    expect(shown(FarApart, { shown: run })).toBe('')
  })
})

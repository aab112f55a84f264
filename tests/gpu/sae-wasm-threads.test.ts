// The wasm backend on several threads: the same bytes as on one, helpers that end, and what happens without them.
import { afterEach, expect, test, vi } from 'vitest'
import { openSae, type Sae } from '../../src/sae/sae.ts'
import plainUrl from '../../src/sae/wasm/build/sae.wasm?url'
import { bytesEqual, cpu, expectSameFeatures } from '../support/sae-behaviour.ts'
import { makeCase, saeFile } from '../support/sae-cases.ts'

const made = makeCase({ dIn: 128, dSae: 4096, dOut: 130, rows: 129, active: 'some' })
const x = cpu(made.x, 129, 128)
const open = (wasmModule?: WebAssembly.Module): Promise<Sae> =>
  openSae(saeFile(made.arrays), 'test SAE', { kind: 'wasm', wasmModule })

afterEach(() => {
  vi.unstubAllGlobals()
})

test('threads give the same bytes as one thread', async () => {
  expect(crossOriginIsolated && navigator.hardwareConcurrency > 1, 'there are threads to test').toBe(true)
  const module = await WebAssembly.compile(await (await fetch(plainUrl)).arrayBuffer())
  const [one, many] = [await open(module), await open()]
  const [a, b] = [await one.encode(x), await many.encode(x)]
  expectSameFeatures(b, made.expected)
  expect(bytesEqual(a.indices, b.indices) && bytesEqual(a.values, b.values)).toBe(true)
  expect(bytesEqual(await one.decode(a), await many.decode(a))).toBe(true)
  one.dispose()
  many.dispose()
})

test('helpers start with the SAE and end with it', async () => {
  const ended: Worker[] = []
  const started: Worker[] = []
  class Counted extends Worker {
    constructor(url: string | URL, options?: WorkerOptions) {
      super(url, options)
      started.push(this)
    }
    override terminate(): void {
      ended.push(this)
      super.terminate()
    }
  }
  vi.stubGlobal('Worker', Counted)
  const sae = await open()
  expect(started.length).toBe(Math.min(8, navigator.hardwareConcurrency) - 1)
  expect(ended).toEqual([])
  sae.dispose()
  expect(ended).toEqual(started)
})

test('without helpers the one thread does the work', async () => {
  vi.stubGlobal(
    'Worker',
    class {
      constructor() {
        throw new DOMException('blocked', 'SecurityError')
      }
    },
  )
  const sae = await open()
  expectSameFeatures(await sae.encode(x), made.expected)
  sae.dispose()
})

test('an SAE that cannot be read leaves no helper behind', async () => {
  const terminated = vi.fn()
  class Counted extends Worker {
    override terminate(): void {
      terminated()
      super.terminate()
    }
  }
  const starts = vi.fn()
  vi.stubGlobal(
    'Worker',
    class extends Counted {
      constructor(url: string | URL, options?: WorkerOptions) {
        super(url, options)
        starts()
      }
    },
  )
  const broken = saeFile({ ...made.arrays, wDec: made.arrays.wDec.with(5, Number.NaN) })
  await expect(openSae(broken, 'broken', { kind: 'wasm' })).rejects.toMatchObject({ name: 'UserError' })
  expect(terminated.mock.calls.length).toBe(starts.mock.calls.length)
})

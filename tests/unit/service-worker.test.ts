import { describe, expect, test, vi } from 'vitest'
import { type ListedFile, Listing, successors } from '../../src/service-worker/listed.ts'
import { partOf, rangeOf } from '../../src/service-worker/part.ts'
import { within } from '../../src/service-worker/patience.ts'
import { HEADERS } from '../../tools/build/policy.ts'

const file = (path: string): ListedFile => ({ path, bytes: 10, hash: '0123456789abcdef', keep: 'page' })

describe('which file of the build an address means', () => {
  const listing = new Listing(
    [file('index.html'), file('assets/a-12345678.js'), file('hub/a b.json')],
    'https://h/x/',
  )

  test('the folder is the page, and a query or what follows # changes nothing', () => {
    expect(listing.find('https://h/x/')?.path).toBe('index.html')
    expect(listing.find('https://h/x/index.html?install=1#/sources')?.path).toBe('index.html')
    expect(listing.find('https://h/x/hub/a%20b.json')?.path).toBe('hub/a b.json')
  })

  test('other files, folders beside the page and other hosts are none of its', () => {
    expect(listing.find('https://h/x/assets/b-12345678.js')).toBeUndefined()
    expect(listing.find('https://h/y/index.html')).toBeUndefined()
    expect(listing.find('https://h/x')).toBeUndefined()
    expect(listing.find('https://huggingface.co/x/index.html')).toBeUndefined()
    expect(listing.find('https://h/x/%E0%A4%A')).toBeUndefined()
  })
})

test('what was in use is found again under the name of another version, and nothing else', () => {
  const next = [
    file('assets/ort-wasm-simd-threaded-NEWnew12.wasm'),
    file('assets/ort-wasm-simd-threaded.jspi-NEWnew34.wasm'),
    file('assets/index-NEWnew56.js'),
  ]
  const found = successors(next, [
    'assets/ort-wasm-simd-threaded.jspi-OLDold12.wasm',
    'assets/gone-OLDold34.js',
  ])
  expect(found.map(({ path }) => path)).toEqual(['assets/ort-wasm-simd-threaded.jspi-NEWnew34.wasm'])
})

describe('a range of a kept file', () => {
  const body = new Blob([Uint8Array.from({ length: 100 }, (_, i) => i)])
  const headers = new Headers({ 'Content-Type': 'application/octet-stream' })

  test.each([
    ['bytes=0-9', 0, 9],
    ['bytes=90-', 90, 99],
    ['bytes=95-400', 95, 99],
    ['bytes=-5', 95, 99],
    ['bytes=-500', 0, 99],
    ['bytes=99-99', 99, 99],
  ])('%s is answered with 206 and these bytes', async (range, from, to) => {
    const response = partOf(body, headers, range)
    expect(response.status).toBe(206)
    expect(response.headers.get('Content-Range')).toBe(`bytes ${from}-${to}/100`)
    expect(response.headers.get('Content-Length')).toBe(String(to - from + 1))
    expect(response.headers.get('Content-Type')).toBe('application/octet-stream')
    const bytes = new Uint8Array(await response.arrayBuffer())
    expect([bytes[0], bytes.at(-1), bytes.length]).toEqual([from, to, to - from + 1])
  })

  test('outside the file it is refused with the file’s size', () => {
    for (const range of ['bytes=100-', 'bytes=100-120', 'bytes=-0']) {
      const response = partOf(body, headers, range)
      expect(response.status).toBe(416)
      expect(response.headers.get('Content-Range')).toBe('bytes */100')
    }
  })

  test('several ranges, other units and nonsense get the whole file', () => {
    for (const range of ['bytes=0-1,5-6', 'items=0-1', 'bytes=-', 'bytes=9-3', '']) {
      expect(rangeOf(range, 100)).toBeUndefined()
      expect(partOf(body, headers, range).status).toBe(200)
    }
  })
})

test('what never answers is waited for five seconds; an answer or a failure in time is passed on', async () => {
  vi.useFakeTimers()
  try {
    let settled = false
    const silent = within(new Promise<string>(() => undefined)).then((answer) => {
      settled = true
      return answer
    })
    await vi.advanceTimersByTimeAsync(4999)
    expect(settled).toBe(false)
    await vi.advanceTimersByTimeAsync(1)
    expect(await silent).toBeUndefined()
    expect(await within(Promise.resolve('kept'))).toBe('kept')
    await expect(within(Promise.reject(new Error('no storage')))).rejects.toThrow('no storage')
    expect(vi.getTimerCount()).toBe(0)
  } finally {
    vi.useRealTimers()
  }
})

test('the content policy allows no inline script, no eval, and no other host’s script', () => {
  const policy = new Map(
    HEADERS['Content-Security-Policy'].split('; ').map((rule) => {
      const [name, ...sources] = rule.split(' ')
      return [name, sources] as const
    }),
  )
  expect(policy.get('script-src')).toEqual(["'self'", "'wasm-unsafe-eval'"])
  expect(policy.get('default-src')).toEqual(["'self'"])
  expect(policy.get('require-trusted-types-for')).toEqual(["'script'"])
  expect([...policy.values()].flat()).not.toContain("'unsafe-inline'")
})

// What looks for secrets finds them in every writing and in every kind of thing, and nothing where there is none.
import { expect, test } from 'vitest'
import { deepText, leaks } from '../support/secrets.ts'

const SECRET = 'hf_wrongButSecret'

test.each([
  ['as it is', SECRET],
  ['in lower case, as in a host’s name', SECRET.toLowerCase()],
  ['backwards', [...SECRET].reverse().join('')],
  ['in hex', Buffer.from(SECRET).toString('hex')],
  ['in base64', Buffer.from(SECRET).toString('base64')],
  ['in base64 after one byte', Buffer.from(`:${SECRET}:`).toString('base64')],
  ['in base64url after two', Buffer.from(`u:${SECRET}??>`).toString('base64url')],
])('%s it is found', (_, written) => {
  expect(leaks(['before', `x=${written}&y`], [SECRET])).toEqual([`x=${written}&y`])
})

test('another token, and a long text, are told apart and cut', () => {
  expect(leaks(['hf_another', 'x'.repeat(9000)], [SECRET])).toEqual([])
  const [found] = leaks([`${'x'.repeat(9000)}${SECRET}${'y'.repeat(9000)}`], [SECRET])
  expect(found.length).toBeLessThan(200)
  expect(found).toContain(SECRET)
})

const circle: { self?: unknown; token: string } = { token: SECRET }
circle.self = circle

test.each<[string, unknown]>([
  ['an error’s cause', new Error('failed', { cause: { headers: { authorization: SECRET } } })],
  ['a map in a set', new Set([new Map([['hub', { token: SECRET }]])])],
  ['headers of a request', new Request('http://localhost/', { headers: { 'x-token': SECRET } })],
  ['bytes', new TextEncoder().encode(`token ${SECRET}`)],
  ['a blob', new Blob(['token ', SECRET])],
  ['a property that is not listed', Object.defineProperty({}, 'token', { value: SECRET })],
  ['a circle', circle],
])('%s holds it', async (_, value) => {
  expect(await deepText(value)).toContain(SECRET)
})

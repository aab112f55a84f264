// What is thrown becomes something a person can act on.
import { describe, expect, test } from 'vitest'
import { EngineBroken, isBroken, toUserError, UserError } from '../../src/lib/errors.ts'

function thrownBy(work: () => unknown): unknown {
  try {
    return work()
  } catch (thrown) {
    return thrown
  }
}

describe('an error becomes one for a person', () => {
  test('memory that cannot be had is said to be that, with a way out', () => {
    for (const work of [
      () => new ArrayBuffer(2 ** 50),
      () => new Float32Array(2 ** 52),
      () => new WebAssembly.Memory({ initial: 65_536 }).grow(1),
    ]) {
      const error = toUserError(thrownBy(work))
      expect(error.title).toBe('The browser has too little memory for this.')
      expect(error.remedy).toContain('shorter text')
    }
  })

  test('another RangeError is a defect, and a UserError stays what it is', () => {
    for (const work of [() => (1).toFixed(200), () => new Float32Array(-1)]) {
      expect(toUserError(thrownBy(work)).title).toBe('Something unexpected went wrong.')
    }
    const own = new UserError({ title: 'a', detail: 'b', remedy: 'c' })
    expect(toUserError(own)).toBe(own)
  })

  test('WebAssembly that has aborted is not used again; nothing else costs a worker', () => {
    // (module (func (export "f") unreachable))
    const trap = Uint8Array.from([
      ...[0, 97, 115, 109, 1, 0, 0, 0, 1, 4, 1, 96, 0, 0, 3, 2, 1, 0],
      ...[7, 5, 1, 1, 102, 0, 0, 10, 5, 1, 3, 0, 0, 11],
    ])
    const { f } = new WebAssembly.Instance(new WebAssembly.Module(trap)).exports
    expect(isBroken(thrownBy(() => typeof f === 'function' && f()))).toBe(true)
    const fields = { title: 'a', detail: 'b', remedy: 'c' }
    expect(isBroken(new EngineBroken(fields))).toBe(true)
    expect([new UserError(fields), new RangeError('x'), undefined].map(isBroken)).toEqual([
      false,
      false,
      false,
    ])
  })
})

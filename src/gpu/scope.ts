// GPU calls report errors late and elsewhere; here they become rejections of the call that made them.
import { UserError } from '../lib/errors.ts'

/**
 * Runs `work` (synchronous: scopes of one device are a stack) under error scopes. Rejects with a UserError when
 * the GPU has not enough memory, and with an Error naming `what` for a call that is not valid.
 */
export async function underScope<T>(device: GPUDevice, what: string, work: () => T): Promise<T> {
  device.pushErrorScope('validation')
  device.pushErrorScope('out-of-memory')
  device.pushErrorScope('internal')
  let result: T
  let popped: Promise<(GPUError | null)[]>
  try {
    result = work()
  } finally {
    popped = Promise.all([device.popErrorScope(), device.popErrorScope(), device.popErrorScope()])
  }
  const [internal, memory, validation] = await popped
  if (memory) throw outOfMemory(what, memory.message)
  const error = validation ?? internal
  if (error) throw new Error(`${what}: ${error.message}`)
  return result
}

function outOfMemory(what: string, message: string): UserError {
  return new UserError({
    title: 'The GPU has not enough memory.',
    detail: `${what}: ${message}`,
    remedy: 'Close other tabs, choose a narrower SAE of the same hook, or the wasm backend.',
  })
}

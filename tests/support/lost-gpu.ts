// Takes the GPU away from the engine's worker at a chosen moment, as a driver that is reset does, or lets its memory end.
import type { Page, Worker } from '@playwright/test'

/** Runs in the worker before its own script. */
const HOOK = `
const { requestDevice } = GPUAdapter.prototype
GPUAdapter.prototype.requestDevice = async function (...given) {
  self.lastDevice = await requestDevice.apply(this, given)
  return self.lastDevice
}
const countdown = (prototype, method) => {
  const own = prototype[method]
  prototype[method] = function (...given) {
    const left = self.losses?.[method]
    if (left > 0) self.losses[method] = left - 1
    if (left === 1) self.lastDevice.destroy()
    return own.apply(this, given)
  }
}
const { createBuffer } = GPUDevice.prototype
GPUDevice.prototype.createBuffer = function (asked) {
  const greedy = self.greedyAt !== undefined && (asked.label || 'unnamed').includes(self.greedyAt)
  return createBuffer.call(this, greedy ? { ...asked, size: this.limits.maxBufferSize } : asked)
}
countdown(GPUQueue.prototype, 'submit')
countdown(GPUQueue.prototype, 'writeBuffer')
`

export interface Engines {
  /** `code` runs first in every engine that is started from now on. */
  runFirst(code: string): void
}

/** Lets `loseAt` and `fillAt` work on this page; called before the page is opened. */
export async function hookGpu(page: Page): Promise<Engines> {
  let first = ''
  await page.route('**/assets/worker-*.js', async (route) => {
    const response = await route.fetch()
    await route.fulfill({ response, body: `${first}\n${HOOK}\n${await response.text()}` })
  })
  return {
    runFirst: (code) => {
      first = code
    },
  }
}

/**
 * From now on buffers whose label contains `label` ("unnamed" for those without one, as onnxruntime's) are asked for
 * as large as the adapter allows: more than there is, and the GPU itself says so. Undefined ends it.
 */
export async function fillAt(worker: Worker, label: string | undefined): Promise<void> {
  await worker.evaluate((part) => Reflect.set(self, 'greedyAt', part), label)
}

/** The device is destroyed at the `count`-th next call of a method of its queue. */
export async function loseAt(worker: Worker, method: 'submit' | 'writeBuffer', count: number): Promise<void> {
  await worker.evaluate(([name, left]) => Reflect.set(self, 'losses', { [name]: left }), [
    method,
    count,
  ] as const)
}

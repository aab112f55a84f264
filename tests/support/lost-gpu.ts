// Takes the GPU away from the engine's worker at a chosen moment, as a driver that is reset does.
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
countdown(GPUQueue.prototype, 'submit')
countdown(GPUQueue.prototype, 'writeBuffer')
`

/** Lets `loseAt` work on this page; called before the page is opened. */
export async function hookGpu(page: Page): Promise<void> {
  await page.route('**/assets/worker-*.js', async (route) => {
    const response = await route.fetch()
    await route.fulfill({ response, body: `${HOOK}\n${await response.text()}` })
  })
}

/** The device is destroyed at the `count`-th next call of a method of its queue. */
export async function loseAt(worker: Worker, method: 'submit' | 'writeBuffer', count: number): Promise<void> {
  await worker.evaluate(([name, left]) => Reflect.set(self, 'losses', { [name]: left }), [
    method,
    count,
  ] as const)
}

// How the engine's worker is started, in a page of this origin and in a frame that has none.
import workerAddress from './worker.ts?worker&url'

/**
 * A new worker of the engine. A frame without an origin of its own (`sandbox` without `allow-same-origin`) may start
 * a worker only from a blob, and Chromium only a classic one: it imports the real script, which its host must let
 * other origins read.
 */
export function engineWorker(): Worker {
  const address = new URL(workerAddress, document.baseURI).href
  if (self.origin !== 'null') return new Worker(address, { type: 'module', name: 'engine' })
  const start = new Blob([importing(address)], { type: 'text/javascript' })
  return new Worker(URL.createObjectURL(start), { name: 'engine' })
}

/** Messages that come before the import has ended are given again after it. */
function importing(address: string): string {
  return `
    const early = []
    const keep = (event) => early.push(event)
    addEventListener('message', keep)
    import(${JSON.stringify(address)}).then(() => {
      removeEventListener('message', keep)
      for (const { data, ports } of early) dispatchEvent(new MessageEvent('message', { data, ports: [...ports] }))
    }, reportError)`
}

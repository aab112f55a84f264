// What a service worker finds around it; TypeScript's types for the page do not know it.

export interface WorkerScope {
  registration: ServiceWorkerRegistration
  clients: {
    claim(): Promise<void>
    /** Undefined for a page or worker that is gone. */
    get(id: string): Promise<unknown>
    matchAll(options: { type: 'window'; includeUncontrolled: boolean }): Promise<readonly { url: string }[]>
  }
  skipWaiting(): Promise<void>
  addEventListener(type: 'install' | 'activate', listener: (event: LastingEvent) => void): void
  addEventListener(type: 'fetch', listener: (event: AskedEvent) => void): void
  addEventListener(type: 'message', listener: (event: LastingEvent & MessageEvent) => void): void
}

/** The worker is not ended before what it waits for has settled. */
export interface LastingEvent extends Event {
  waitUntil(done: Promise<unknown>): void
}

export interface AskedEvent extends LastingEvent {
  request: Request
  /** Of the page or worker that asks; "" for a page that is only being opened. */
  clientId: string
  respondWith(response: Promise<Response>): void
}

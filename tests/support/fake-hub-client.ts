// The tests' side of the fake hub: tells it what is to go wrong and reads its log. For pages and for Node.

import type { Fault } from './fake-hub/faults.ts'
import { WEIGHTS_PERIOD, weightsTable } from './fake-hub/weights.ts'
import type { LoggedRequest } from './fake-hub.ts'

export class FakeHubClient {
  readonly origin: string
  readonly cdn: string

  constructor({ origin, cdn }: { origin: string; cdn: string }) {
    this.origin = origin
    this.cdn = cdn
  }

  /** The fake hub beside the Vite server that serves this page. */
  static async beside(page = location.origin): Promise<FakeHubClient> {
    return new FakeHubClient(await (await fetch(`${page}/fake-hub.json`)).json())
  }

  /** Forgets faults, log and upstream changes. */
  reset = () => this.#ask('reset')
  fault = (fault: Fault) => this.#ask('fault', JSON.stringify(fault))
  /** Faults end; the log goes on. */
  clearFaults = () => this.#ask('clear')
  /** Every file is from now on another, under a new commit. */
  update = () => this.#ask('update')
  /** No request is answered, or logged, from now on. */
  stop = () => this.#ask('stop')
  start = () => this.#ask('start')
  /** How long signed addresses given out from now on live. */
  lifetime = (milliseconds: number) => this.#ask('lifetime', String(milliseconds))
  log = () => this.#ask('log')

  /** Bytes asked for since the last reset, by repo and path, as in "fake/demo/data.bin". */
  async asked(): Promise<Map<string, number>> {
    const sums = new Map<string, number>()
    for (const { path, asked } of await this.log()) {
      const name = path.slice(1).replace(/\/resolve\/[^/]+\//, '/')
      if (asked > 0) sums.set(name, (sums.get(name) ?? 0) + asked)
    }
    return sums
  }

  async #ask(action: string, body = ''): Promise<LoggedRequest[]> {
    return (await fetch(`${this.origin}/_control/${action}`, { method: 'POST', body })).json()
  }
}

/** The bytes of the hub's .bin files: those of `noiseFile`. */
export function noiseBytes(offset: number, length: number, salt = 0): Uint8Array<ArrayBuffer> {
  const table = new Uint8Array(weightsTable().buffer)
  const out = new Uint8Array(length)
  for (let i = 0; i < length; i++) out[i] = table[(offset + i + salt * 7919) % (WEIGHTS_PERIOD * 4)]
  return out
}

// Every request of the hub goes through here: retries with back-off, the token, and errors a person understands.
// Parts of files go on after a cut from the byte reached.
import type { Contact } from '../lib/contact.ts'
import { type HubSettings, PUBLIC_HUB } from '../lib/hub-settings.ts'
import { join, type Received, readBody, type Take, Transient, Watch } from './http-body.ts'
import * as errors from './http-errors.ts'

export interface RequestPolicy {
  /** Times an address is asked before giving up; any byte received starts the count anew. */
  tries: number
  /** Milliseconds before the second try; doubled each time, with jitter. */
  firstDelay: number
  longestDelay: number
  /** Milliseconds without a byte after which a connection counts as cut. */
  silence: number
}

const POLICY: RequestPolicy = { tries: 5, firstDelay: 500, longestDelay: 60_000, silence: 30_000 }
/** A host that never answered is asked less often: most likely it is away, or forbids other sites (CORS). */
const TRIES_OF_STRANGERS = 3

export interface Ask {
  method?: 'GET' | 'HEAD' | 'POST'
  headers?: Record<string, string>
  body?: string
  cache?: RequestCache
  signal?: AbortSignal
}

/** What `fill` has to know of the file it reads. */
export interface RangedTarget {
  /** Whether the browser may keep answers itself. */
  cache: RequestCache
  /** Where to ask now; a signed address may be replaced between tries. */
  address(): string
  /** Looks at a good answer before its body is read; throws when it is of another file. */
  accept(response: Response): void
  /** True when a refusal by this address only means that it has expired: `address()` is then another. */
  renew?(refused: string): boolean
}

export class Http {
  readonly received: Received = { bytes: 0 }
  readonly #policy: RequestPolicy
  readonly #answered = new Set<string>()
  /** Requests by origin, of those that hosts redirected to as well. */
  readonly #asked = new Map<string, number>()
  #settings: HubSettings = { endpoint: PUBLIC_HUB }

  constructor(policy: Partial<RequestPolicy> = {}) {
    this.#policy = { ...POLICY, ...policy }
  }

  get endpoint(): string {
    return this.#settings.endpoint
  }

  /** Every host that was asked in this visit, whether it answered or not. */
  get contacts(): Contact[] {
    return [...this.#asked].map(([origin, requests]) => ({ origin, requests }))
  }

  configure(settings: HubSettings): void {
    this.#settings = { ...settings, endpoint: settings.endpoint.replace(/\/+$/, '') }
  }

  /** A successful answer; its body is the caller's to read or to cancel. UserError after the last try. */
  request(url: string, ask: Ask = {}): Promise<Response> {
    return this.#persist(url, ask.signal, () => this.#once(url, ask, ask.signal))
  }

  /** A small file or an answer of an API, whole. */
  async bytes(url: string, ask: Ask = {}): Promise<Uint8Array<ArrayBuffer>> {
    let parts: Uint8Array<ArrayBuffer>[] = []
    await this.stream(url, ask, () => {
      parts = []
      return (part) => {
        parts.push(part.slice())
      }
    })
    return join(parts)
  }

  /** One try at a short answer, whole: a Transient is the caller's to ask again. UserError above `most` bytes. */
  async once(url: string, most: number, signal?: AbortSignal): Promise<Uint8Array<ArrayBuffer>> {
    const parts: Uint8Array<ArrayBuffer>[] = []
    let size = 0
    await this.#read(
      url,
      { signal },
      signal,
      () => undefined,
      (part) => {
        size += part.length
        if (size > most) throw errors.tooLong(url, most)
        parts.push(part.slice())
      },
    )
    return join(parts)
  }

  /** Hands a body on part by part. After a cut it begins anew: `begin` looks at each answer and takes its parts. */
  async stream(url: string, ask: Ask, begin: (response: Response) => Take): Promise<void> {
    await this.#persist(url, ask.signal, async () => {
      let take: Take = () => undefined
      const accept = (response: Response): void => {
        take = begin(response)
      }
      await this.#read(url, ask, ask.signal, accept, (part) => take(part))
    })
  }

  /** The body of an answer of `request`; undefined when it is cut off. */
  async body(
    url: string,
    response: Response,
    signal?: AbortSignal,
  ): Promise<Uint8Array<ArrayBuffer> | undefined> {
    const parts: Uint8Array<ArrayBuffer>[] = []
    const watch = new Watch(url, this.#policy.silence, signal)
    try {
      await readBody(response, watch, this.received, (part) => {
        parts.push(part.slice())
      })
    } catch (error) {
      if (!(error instanceof Transient)) throw error
      return undefined
    } finally {
      watch.end()
    }
    return join(parts)
  }

  /** Fills `into` with the file's bytes from `offset`. */
  async fill(
    into: Uint8Array<ArrayBuffer>,
    offset: number,
    target: RangedTarget,
    signal?: AbortSignal,
  ): Promise<void> {
    let got = 0
    const take = (part: Uint8Array<ArrayBuffer>): void => {
      into.set(part, got)
      got += part.length
    }
    await this.range(offset, into.length, take, target, signal)
  }

  /** Hands on `length` bytes of the file from `offset` part by part, going on after cuts from the byte reached. */
  async range(
    offset: number,
    length: number,
    take: Take,
    target: RangedTarget,
    signal?: AbortSignal,
  ): Promise<void> {
    let got = 0
    await this.#persist(target.address(), signal, async (progress) => {
      const url = target.address()
      const ask: Ask = {
        headers: { Range: `bytes=${offset + got}-${offset + length - 1}` },
        cache: target.cache,
      }
      const accept = (response: Response): void => {
        target.accept(response)
        if (response.status !== 206 && got > 0) throw errors.noRanges(url)
        const from = /^bytes (\d+)-/.exec(response.headers.get('Content-Range') ?? '')?.[1]
        if (from !== undefined && Number(from) !== offset + got)
          throw errors.otherPart(url, offset + got, Number(from))
      }
      try {
        await this.#read(url, ask, signal, accept, async (part) => {
          if (got + part.length > length) throw errors.wrongLength(url, length)
          await take(part)
          got += part.length
          progress()
        })
      } catch (error) {
        // All is here; that the connection then broke, or promised more, matters no longer.
        if (got === length && error instanceof Transient) return
        const refused = error instanceof errors.RefusedRequest || error instanceof errors.MissingFile
        if (refused && target.renew?.(url)) throw new Transient(error, 0)
        throw error
      }
      if (got < length) throw new Transient(errors.incomplete(url, got, length))
    })
  }

  /** Hands a body on part by part, counting bytes and watching for silence. */
  async #read(
    url: string,
    ask: Ask,
    signal: AbortSignal | undefined,
    accept: (response: Response) => void,
    take: Take,
  ): Promise<void> {
    const watch = new Watch(url, this.#policy.silence, signal)
    try {
      const response = await this.#once(url, ask, watch.signal, watch)
      try {
        accept(response)
      } catch (error) {
        await response.body?.cancel()
        throw error
      }
      await readBody(response, watch, this.received, take)
    } finally {
      watch.end()
    }
  }

  /** One try: a successful answer, a Transient, or a UserError. */
  async #once(url: string, ask: Ask, signal?: AbortSignal, watching?: Watch): Promise<Response> {
    const watch = watching ?? new Watch(url, this.#policy.silence, signal)
    const token = this.#tokenFor(url)
    const headers = { ...ask.headers, ...(token ? { Authorization: `Bearer ${token}` } : {}) }
    const { method, body, cache } = ask
    let response: Response
    this.#count(url)
    try {
      response = await fetch(url, { method, body, cache, headers, signal: watch.signal })
    } catch (error) {
      throw watch.translate(error)
    } finally {
      if (!watching) watch.end()
    }
    watch.heard()
    if (new URL(response.url).origin !== new URL(url).origin) this.#count(response.url)
    this.#answered.add(new URL(url).origin)
    // Hosts with a fallback page answer 200 and HTML where the file should be.
    const page = response.ok && response.headers.get('Content-Type')?.startsWith('text/html')
    if (response.ok && !page) return response
    await response.body?.cancel()
    if (page) throw errors.htmlPage(url)
    const { status } = response
    const error = errors.statusError(url, status, token !== undefined, response.headers.get('X-Error-Code'))
    if (status === 429 || status === 408 || status >= 500) {
      throw new Transient(error, retryAfter(response.headers.get('Retry-After')))
    }
    throw error
  }

  #count(url: string): void {
    const { origin } = new URL(url)
    this.#asked.set(origin, (this.#asked.get(origin) ?? 0) + 1)
  }

  /**
   * The token, for the endpoint's own origin alone. Browsers take Authorization off a redirect to another origin
   * since Chrome 119, Firefox 111 and Safari 15.4, and a page can neither see nor stop a redirect: an older one gets
   * no token. Promise.withResolvers came with Chrome 119 and tells (Firefox and Safari have it later than needed).
   */
  #tokenFor(url: string): string | undefined {
    const { token, endpoint } = this.#settings
    if (!token || new URL(url).origin !== new URL(endpoint).origin) return undefined
    if (!('withResolvers' in Promise)) throw errors.unsafeForTokens()
    return token
  }

  async #persist<T>(
    url: string,
    signal: AbortSignal | undefined,
    attempt: (progress: () => void) => Promise<T>,
  ): Promise<T> {
    const { tries, firstDelay, longestDelay } = this.#policy
    for (let failures = 0; ; ) {
      signal?.throwIfAborted()
      try {
        return await attempt(() => {
          failures = 0
        })
      } catch (error) {
        signal?.throwIfAborted()
        if (!(error instanceof Transient)) throw error
        failures += 1
        const known = this.#answered.has(new URL(url).origin)
        if (failures >= (known ? tries : Math.min(tries, TRIES_OF_STRANGERS))) throw error.error
        const backOff = firstDelay * 2 ** (failures - 1) * (0.75 + Math.random() / 2)
        await pause(Math.min(longestDelay, error.retryAfter ?? backOff), signal)
      }
    }
  }
}

/** Milliseconds that a Retry-After header asks for: seconds or a date. */
export function retryAfter(header: string | null, now = Date.now()): number | undefined {
  if (header === null) return undefined
  const wait = /^\d+$/.test(header) ? Number(header) * 1000 : Date.parse(header) - now
  return Number.isFinite(wait) ? Math.max(0, wait) : undefined
}

function pause(milliseconds: number, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve, reject) => {
    const stop = (): void => {
      clearTimeout(timer)
      reject(signal?.reason)
    }
    const timer = setTimeout(() => {
      signal?.removeEventListener('abort', stop)
      resolve()
    }, milliseconds)
    signal?.addEventListener('abort', stop, { once: true })
  })
}

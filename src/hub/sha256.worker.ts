// SHA-256 of a file as its bytes arrive, beside the engine's thread: 302 MB take about 1.1 s of a core.
import { createSHA256 } from 'hash-wasm'

export type HashRequest = { part: ArrayBuffer; length: number } | 'digest'

const hasher = createSHA256().then((created) => created.init())

// Messages wait for one another, because the hasher is made asynchronously.
let turn: Promise<unknown> = Promise.resolve()
self.addEventListener('message', ({ data }: MessageEvent<HashRequest>) => {
  turn = turn.then(async () => {
    const hash = await hasher
    if (data === 'digest') return self.postMessage(hash.digest())
    hash.update(new Uint8Array(data.part, 0, data.length))
    // The buffer goes back, to carry another part.
    self.postMessage(data.part, { transfer: [data.part] })
  })
})

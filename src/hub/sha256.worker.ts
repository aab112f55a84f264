// SHA-256 of a file as its bytes arrive, beside the engine's thread: 302 MB take about 1.1 s of a core.
import { createSHA256 } from 'hash-wasm'

export type HashRequest = { part: ArrayBuffer } | 'digest'

const hasher = createSHA256().then((created) => created.init())

// Messages wait for one another, because the hasher is made asynchronously.
let turn: Promise<unknown> = Promise.resolve()
self.addEventListener('message', ({ data }: MessageEvent<HashRequest>) => {
  turn = turn.then(async () => {
    const hash = await hasher
    if (data === 'digest') self.postMessage(hash.digest())
    else self.postMessage(hash.update(new Uint8Array(data.part)) && 'more')
  })
})

// Looking for a secret in whatever a page said, kept or sent: also where it is written in another way, or lies in
// something that JSON does not show.

/** Texts of which at least one is in any text that holds the secret as it is, percent-encoded, in hex or in base64. */
function writings(secret: string): string[] {
  const bytes = Buffer.from(secret)
  const groups = [0, 1, 2].flatMap((before) => {
    // Characters that the bytes around it have no part in.
    const whole = Buffer.concat([Buffer.alloc(before), bytes]).toString('base64')
    const own = whole.slice(Math.ceil((before * 8) / 6), Math.floor(((before + bytes.length) * 8) / 6))
    return [own, own.replaceAll('+', '-').replaceAll('/', '_')]
  })
  const plain = [secret, secret.toLowerCase(), encodeURIComponent(secret), [...secret].reverse().join('')]
  return [...new Set([...plain, bytes.toString('hex'), ...groups])]
}

/** Those of `said` that hold one of `secrets` in any writing, cut to what is around it. */
export function leaks(said: readonly string[], secrets: readonly string[]): string[] {
  const all = secrets.flatMap(writings)
  return said.flatMap((text) => {
    const found = all.map((one) => text.indexOf(one)).find((at) => at >= 0)
    return found === undefined ? [] : [text.length < 400 ? text : `…${text.slice(found - 80, found + 80)}…`]
  })
}

/**
 * Everything in a value as one text, also what JSON leaves out: errors with their causes, maps, sets, headers, bytes,
 * properties that are not listed. Needs nothing around it, so that it can be handed to a page or a worker.
 */
export async function deepText(value: unknown): Promise<string> {
  const seen = new Set<object>()
  const latin1 = (bytes: AllowSharedBufferSource): string => new TextDecoder('latin1').decode(bytes)
  const write = async (one: unknown): Promise<string> => {
    if ((typeof one !== 'object' && typeof one !== 'function') || one === null) return String(one)
    if (seen.has(one)) return ''
    seen.add(one)
    if (one instanceof ArrayBuffer || ArrayBuffer.isView(one)) return latin1(one)
    if (one instanceof Blob) return `${one.type} ${latin1(await one.arrayBuffer())}`
    if (typeof Node !== 'undefined' && one instanceof Node) return one.textContent ?? ''
    const parts: unknown[] = []
    if (one instanceof Map || one instanceof Set || one instanceof Headers) parts.push(...[...one].flat())
    if (one instanceof Request || one instanceof Response) parts.push(one.url, one.headers)
    for (const key of Reflect.ownKeys(one)) {
      parts.push(String(key))
      try {
        parts.push(Reflect.get(one, key))
      } catch {
        // A property that cannot be read says nothing.
      }
    }
    const texts: string[] = []
    for (const part of parts) texts.push(await write(part))
    return texts.join(' ')
  }
  return write(value)
}

// Which hub files come from and with whose token: checked, and remembered only as far as was asked.
import { UserError } from '../lib/errors.ts'
import { isThisMachine, PUBLIC_HUB } from '../lib/hub-settings.ts'
import type { Kept } from '../lib/kept.ts'

export interface HubChoice {
  /** "https://huggingface.co"; no "/" at the end */
  endpoint: string
  /** For gated repositories; empty for none. */
  token: string
  /** Where the token is kept: until the tab is closed, or in this browser. */
  keep: 'tab' | 'browser'
}

export const DEFAULT_HUB: HubChoice = { endpoint: PUBLIC_HUB, token: '', keep: 'tab' }

const NAME = 'hub'

/** The remembered choice; the default where there is none or it cannot be read. */
export function readHubChoice(kept: Kept | undefined): HubChoice {
  try {
    const json: unknown = JSON.parse(kept?.read(NAME) ?? 'null')
    if (typeof json !== 'object' || json === null) return DEFAULT_HUB
    const endpoint = 'endpoint' in json && typeof json.endpoint === 'string' ? json.endpoint : ''
    const token = 'token' in json && typeof json.token === 'string' ? json.token : ''
    return checkedHub({ endpoint, token, keep: token ? 'browser' : 'tab' })
  } catch {
    return DEFAULT_HUB
  }
}

/** The endpoint is no secret and is always remembered; the token only where that was chosen. */
export function keepHubChoice(kept: Kept | undefined, { endpoint, token, keep }: HubChoice): void {
  const stays = keep === 'browser' && token !== ''
  const usual = endpoint === DEFAULT_HUB.endpoint && !stays
  kept?.write(NAME, usual ? undefined : JSON.stringify(stays ? { endpoint, token } : { endpoint }))
}

/** The choice with blanks and a last "/" taken away. UserError for an address or a token that cannot be one. */
export function checkedHub({ endpoint, token, keep }: HubChoice): HubChoice {
  const trimmed = endpoint.trim().replace(/\/+$/, '') || DEFAULT_HUB.endpoint
  const url = URL.canParse(trimmed) ? new URL(trimmed) : undefined
  const local = url !== undefined && isThisMachine(url.href)
  if (!url || !(url.protocol === 'https:' || (url.protocol === 'http:' && local)) || url.search || url.hash) {
    throw new UserError({
      title: 'This is not the address of a hub.',
      detail: `“${trimmed}” should be like https://huggingface.co.`,
      remedy: 'Give an address that begins with https:// (http:// only for this machine), without a query.',
    })
  }
  const bare = token.trim()
  // What an HTTP header can carry; anything else was copied with something around it.
  if (!/^[\x21-\x7e]*$/.test(bare)) {
    throw new UserError({
      title: 'This is not a token.',
      detail: 'It has blanks, or characters outside ASCII, in it.',
      remedy: 'Copy the token alone; on the public hub it begins with hf_.',
    })
  }
  return { endpoint: trimmed, token: bare, keep }
}

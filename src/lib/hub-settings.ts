// Where hub repositories are fetched from, as the user chose.

export interface HubSettings {
  /** "https://huggingface.co"; no "/" at the end */
  endpoint: string
  /** For gated repositories; sent to the endpoint's own host only. */
  token?: string
}

export const PUBLIC_HUB = 'https://huggingface.co'

/** Whether an address is one of this machine, which needs no TLS and is nobody else's. */
export function isThisMachine(address: string): boolean {
  const { hostname } = new URL(address)
  return /^(localhost|127\.0\.0\.1|\[::1\])$/.test(hostname)
}

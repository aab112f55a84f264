// Where hub repositories are fetched from, as the user chose.

export interface HubSettings {
  /** "https://huggingface.co"; no "/" at the end */
  endpoint: string
  /** For gated repositories; sent to the endpoint's own host only. */
  token?: string
}

export const PUBLIC_HUB = 'https://huggingface.co'

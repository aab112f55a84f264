// Hosts that the engine asked for files.

export interface Contact {
  /** "https://huggingface.co" */
  origin: string
  /** In this visit. */
  requests: number
}

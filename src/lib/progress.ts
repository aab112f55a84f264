// Progress of long work, as the engine reports it and the page shows it.

export interface Progress {
  /** What is being done, for a person: "Loading model". */
  label: string
  done: number
  /** undefined while unknown */
  total: number | undefined
  unit: 'bytes' | 'tokens' | 'steps' | 'features'
}

export type OnProgress = (progress: Progress) => void

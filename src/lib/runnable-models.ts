// Where the models that SAEs are of can be fetched from: the page runs the original files, converted by nobody.

/** A repository that holds a model. */
export interface ModelPlace {
  repo: string
  /** Whether the hub asks for a token of somebody who has accepted the model's licence. */
  gated: boolean
}

/** Repositories of a model of the public catalogue, the ungated mirror first; none for names that are not Gemma's. */
export function modelPlaces(model: string): ModelPlace[] {
  if (!/^gemma-[23]-[\w-]+$/.test(model)) return []
  return [
    { repo: `unsloth/${model}`, gated: false },
    { repo: `google/${model}`, gated: true },
  ]
}

/** Sources that a newcomer may want to run, by their addresses. */
export const READY: readonly { model: string; layer: number; name: string }[] = [
  { model: 'gemma-3-270m', layer: 15, name: 'Gemma 3 270M' },
  { model: 'gemma-2-2b', layer: 12, name: 'Gemma 2 2B' },
  { model: 'gemma-2-2b', layer: 20, name: 'Gemma 2 2B' },
  { model: 'gemma-2-9b', layer: 20, name: 'Gemma 2 9B' },
]

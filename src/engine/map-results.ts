// What the engine tells of a map of features: where each lies, and how that was computed.
import type { Trust } from '../sae/feature-map/trust.ts'

export interface FeatureMap {
  /** [points] indices of the features on it, ascending */
  features: Uint32Array<ArrayBuffer>
  /** [points, 2] x and y, within −1 and 1 */
  places: Float32Array<ArrayBuffer>
  dSae: number
  /** Features left out because their decoder row is zero. */
  zero: number
  /** Whether `features` is a sample of a source with more than fit. */
  sampled: boolean
  parameters: MapParameters
  trust: Trust
  /** What computing it took, when it was computed. */
  milliseconds: number
  /** `Date.now()` then; of maps kept by earlier versions it is not known. */
  made?: number
}

interface MapParameters {
  seed: number
  neighbours: number
  minDist: number
  epochs: number
  /** Width of decoder rows, and of what neighbours were searched in. */
  width: number
  searchWidth: number
  /** Name and version of what placed the points. */
  library: string
}

// The page's state, slice by slice. Slices are plain functions of set, get and services, so that tests need no React.
import type { EngineClient } from '../engine/client.ts'
import type {
  ActivationsInfo,
  BackendChoice,
  Backends,
  CatalogueEntry,
  Label,
  LayersResult,
  ModelInfo,
  ModelPlan,
  Opened,
  Predictions,
  RunResult,
  SaeInfo,
} from '../engine/protocol.ts'
import type { UserError } from '../lib/errors.ts'
import type { FeatureColumns } from '../lib/feature-columns.ts'
import type { Kept } from '../lib/kept.ts'
import type { Listing } from '../lib/listing.ts'
import type { LibraryPage, PlaceRoute, Route } from '../lib/route.ts'
import type { WeightPrecision } from '../lib/weight-precision.ts'
import type { BrowseSlice } from './browse-slice.ts'
import type { ChartsSlice } from './charts-slice.ts'
import type { CompareSlice } from './compare-slice.ts'
import type { FiguresSlice } from './figures-slice.ts'
import type { ImportsSlice } from './imports-slice.ts'
import type { LibrarySlice } from './library-slice.ts'
import type { MapSlice } from './map-slice.ts'
import type { NotebookSlice } from './notebook-slice.ts'
import type { openings } from './opening.ts'
import type { SeekSlice } from './seek-slice.ts'
import type { FeatureSlice, IndexedSlice, IndexSlice, SourceSlice, Work } from './source-types.ts'
import type { SummariesSlice } from './summaries-slice.ts'
import type { VerifySlice } from './verify-slice.ts'

export type * from './source-types.ts'

/** The address bar, or a stand-in. */
interface Address {
  /** What follows the page's own path, from "#" on; empty when there is none. */
  read(): string
  write(hash: string, how: 'push' | 'replace'): void
}

export interface Services {
  client: EngineClient
  address: Address
  /** What is remembered between visits; nothing without. */
  kept?: Kept
}

/** What stands for the model in addresses of SAEs that do not name one. */
export const UNKNOWN_MODEL = 'unknown'

/** A source an address names that would have to be downloaded: nothing large is fetched without being asked. */
export interface Offer {
  route: PlaceRoute
  /** Its row in the catalogue; undefined where the address itself says where it is. */
  entry: CatalogueEntry | undefined
  /** Bytes of it that are stored already. */
  present: number
}

/** A run together with what it was a run of, and the same numbers by feature. */
export interface RunShown {
  origin: 'text' | { activations: ActivationsInfo; sequence: number }
  /** Undefined where activations were given. */
  text: string | undefined
  model: string
  source: string
  result: RunResult
  columns: FeatureColumns
  /** [tokens] sum of activations */
  totals: Float32Array
}

/** What has to be run for the same result. */
export function inputOf({ origin, text }: RunShown): string | { sequence: number } {
  return origin === 'text' ? (text ?? '') : { sequence: origin.sequence }
}

export interface RouteSlice {
  /** What the page shows; undefined until the first address is understood. */
  route: PlaceRoute | undefined
  /** A page that is about no single source, in front of `route`. */
  page: LibraryPage | undefined
  routeError: UserError | undefined
  /** Reads the address and goes there. */
  followAddress(): Promise<void>
  /** Goes to a route and writes it to the address. */
  visit(route: Route, how?: 'push' | 'replace'): Promise<void>
  /** Tries again what failed, from the address on. */
  retry(): Promise<void>
}

export interface SessionSlice {
  catalogue: CatalogueEntry[] | undefined
  backends: Backends | undefined
  choice: BackendChoice
  model: ModelInfo | undefined
  sae: SaeInfo | undefined
  labels: ReadonlyMap<number, Label>
  opening: Work | undefined
  openError: UserError | undefined
  loadCatalogue(): Promise<CatalogueEntry[]>
  /** Opens a source and its model unless they are open; true when they are open afterwards. */
  openEntry(entry: CatalogueEntry): Promise<boolean>
  /** Ends the opening of a source that the page has gone back from. */
  leaveEntry(): void
  cancelOpening(): void
  /** Takes over what was opened elsewhere (the scripting surface). */
  adopt(opened: Opened): Promise<void>
  setBackends(choice: BackendChoice): Promise<void>
}

export interface OpenSlice {
  offer: Offer | undefined
  /** Opens a hub reference or an address, whatever it turns out to be. Failures land in `openError`. */
  openReference(text: string): Promise<void>
  /** Opens files the user picked or dropped: an SAE, a model, activations. Failures land in `openError`. */
  openFiles(files: File[]): Promise<void>
  acceptOffer(): Promise<void>
  declineOffer(): Promise<void>
}

/** A model of the hub that could be run, and what it would ask for. */
export type PlanShown = { repo: string } & (
  | { state: 'loading' }
  /** `saeBytes`: of the open SAE, not stored yet. */
  | { state: 'ready'; plan: ModelPlan; saeBytes: number }
  | { state: 'failed'; error: UserError }
)

export interface ModelSlice {
  modelPlan: PlanShown | undefined
  /** Reads a model's headers and shows what running it for the open SAE asks for. */
  planModel(repo: string): Promise<void>
  /** Whether a run may load what it needs: false when that is large and not agreed to, and the plan is then shown. */
  mayLoad(): true | Promise<boolean>
  /** Opens the planned model, if it is not, and runs the draft at this precision. */
  acceptPlan(precision: WeightPrecision): Promise<void>
  declinePlan(): void
}

/** What became of a question about one run; `asking`: it needs a download of so many bytes, which is to be agreed to. */
export type Asked<T> =
  | ({ status: 'loading' } & Work)
  | { status: 'asking'; download: number }
  | { status: 'ready'; value: T }
  | { status: 'failed'; error: UserError }
  | { status: 'cancelled' }

export interface LayersAsked {
  of: RunShown
  /** How it is computed. */
  choice: BackendChoice
  /** Names of the sources asked for up to now. */
  sources: readonly string[]
  /** What is there of them already. */
  found: LayersResult | undefined
}

export interface DepthSlice {
  /** The shown text through several sources of the model. */
  layers: (LayersAsked & Asked<LayersResult>) | undefined
  /** What the model expects after one position of the shown text. */
  predictions: ({ of: RunShown; position: number } & Asked<Predictions>) | undefined
  /**
   * Runs the text through the sources that the address names, or all on this machine, unless that is done.
   * `agreed`: whatever download the model needs for it.
   */
  runLayers(agreed?: boolean): Promise<void>
  cancelLayers(): void
  predict(position: number, agreed?: boolean): Promise<void>
  cancelPrediction(): void
}

export interface RunSlice {
  /** What is in the text box. */
  draft: string
  shown: RunShown | undefined
  running: Work | undefined
  runError: UserError | undefined
  setDraft(text: string): void
  /** Runs a text or a sequence of the open activations; the latest call wins. Resolves when shown, failed or superseded. */
  run(input: string | { sequence: number }): Promise<void>
  /** What "Run" does: puts the draft into the address and runs it. */
  submit(): Promise<void>
  /** Stops whatever is loading or running. */
  cancel(): void
}

export interface ActivationsSlice {
  /** Activations open in place of a text, and the sequence of them that is shown, from 0. */
  activations: { info: ActivationsInfo; sequence: number } | undefined
  /** Opens local files or an address. Failures land in `openError`. */
  openActivations(asked: string | File[]): Promise<void>
  /** Takes over activations that the engine has opened, and shows their first sequence. */
  adoptActivations(info: ActivationsInfo): Promise<void>
  showSequence(sequence: number): Promise<void>
  /** Goes back to the text. */
  closeActivations(): Promise<void>
  /** Activations and reconstruction of what is shown as a safetensors file; rejects with UserError or AbortError. */
  exportDense(signal?: AbortSignal): Promise<Uint8Array<ArrayBuffer> | undefined>
}

export interface SelectionSlice {
  /** Position of the hovered token's first piece. */
  hoveredToken: number | undefined
  hoveredFeature: number | undefined
  lockedTokens: readonly number[]
  lockedFeatures: readonly number[]
  listing: Listing
  bos: boolean
  hover(target: { token?: number; feature?: number }): void
  /** Locks or unlocks; `extend` keeps the other locks of its kind. */
  toggleToken(position: number, extend: boolean): void
  toggleFeature(index: number, extend: boolean): void
  /** Locks one token and one feature, and nothing else; unlocks all where both are locked. */
  togglePair(position: number, index: number): void
  unlock(): void
  setListing(next: Partial<Listing>): void
  setBos(bos: boolean): void
}

export type AppState = RouteSlice &
  IndexSlice &
  SessionSlice &
  OpenSlice &
  RunSlice &
  ActivationsSlice &
  ModelSlice &
  DepthSlice &
  CompareSlice &
  SelectionSlice &
  FeatureSlice &
  IndexedSlice &
  FiguresSlice &
  SummariesSlice &
  ImportsSlice &
  SeekSlice &
  NotebookSlice &
  BrowseSlice &
  MapSlice &
  SourceSlice &
  ChartsSlice &
  LibrarySlice &
  VerifySlice

export type SetState = (partial: Partial<AppState> | ((state: AppState) => Partial<AppState>)) => void

/** Builds one slice. */
export type Slice<T> = (
  set: SetState,
  get: () => AppState,
  services: Services & { openings: ReturnType<typeof openings> },
) => T

// What the shown run is compared with: another text on the same source, or the same text on another source. The open
// source stays open, and what is shown of it stays shown.
import type { CallOptions } from '../engine/client.ts'
import type { BackendChoice, LayerRun, RunResult } from '../engine/protocol.ts'
import { UserError } from '../lib/errors.ts'
import type { CompareRoute } from '../lib/route.ts'
import { asking } from './asking.ts'
import { sourcesHere } from './layer-sources.ts'
import type { AppState, Asked, RunShown, Slice } from './types.ts'

/** The second run. */
interface Compared extends Pick<RunResult, 'features' | 'spans' | 'windows' | 'l0' | 'fvu'> {
  /** Where another source was run, and where that is. */
  run?: LayerRun
  place?: string
}

interface ComparisonAsked {
  /** What is compared. */
  of: RunShown
  /** How it is computed. */
  choice: BackendChoice
  with: string | undefined
  other: string | undefined
}

export interface CompareSlice {
  comparison: (ComparisonAsked & Asked<Compared>) | undefined
  /** Runs what the address compares the shown run with. `agreed`: whatever download the model needs for it. */
  runComparison(agreed?: boolean): Promise<void>
  cancelComparison(): void
}

export const compareSlice: Slice<CompareSlice> = (set, get, services) => {
  const { client } = services
  const { ask, cancel } = asking(get, services)

  async function runText(text: string, call: CallOptions): Promise<Compared> {
    const { features, spans, windows, l0, fvu } = await client.run(text, call)
    return { features, spans, windows, l0, fvu }
  }

  async function runSource(place: string, text: string, call: CallOptions): Promise<Compared> {
    const { spans, windows, layers } = await client.runLayers(text, [place], call)
    const [run] = layers
    if ('error' in run) throw new UserError(run.error)
    return { ...{ spans, windows, run, place }, features: run.features, l0: run.l0, fvu: run.fvu }
  }

  return {
    comparison: undefined,

    runComparison: async (agreed = false) => {
      const { route, shown: of, choice } = get()
      const question = route?.view === 'compare' ? questionOf(route) : undefined
      const text = of?.text
      if (!of || text === undefined || !question) return
      const second = question.with
      const entry = sourcesHere(get()).find(({ source }) => source === question.other)
      if (second === undefined && !entry) return
      const answer = (call: CallOptions): Promise<Compared> =>
        entry ? runSource(`${entry.repo}/${entry.path}`, text, call) : runText(second ?? '', call)
      // Another text needs no more of the model than the first one did.
      const hooks = entry ? [entry.hookIn, entry.hookOut].filter((hook) => hook !== undefined) : []
      await ask(
        'comparison',
        agreed,
        async () => ({ hooks: [...new Set(hooks)], vocabulary: false, answer }),
        (state) => set({ comparison: { of, choice, ...question, ...state } }),
      )
    },

    cancelComparison: () => cancel('comparison'),
  }
}

/** What an address compares with: a source rather than a text; undefined while neither is chosen. */
export function questionOf({
  with: text,
  other,
}: Pick<CompareRoute, 'with' | 'other'>): Pick<ComparisonAsked, 'with' | 'other'> | undefined {
  if (other !== undefined) return other === '' ? undefined : { with: undefined, other }
  return text?.trim() ? { with: text, other } : undefined
}

/** What was asked, where it is what the address asks of the shown run as it is computed now. */
export function comparisonOf({
  comparison,
  route,
  shown,
  choice,
}: Pick<AppState, 'comparison' | 'route' | 'shown' | 'choice'>): AppState['comparison'] {
  const question = route?.view === 'compare' ? questionOf(route) : undefined
  if (!comparison || !question || !shown || comparison.choice !== choice) return undefined
  const { of } = comparison
  const same = comparison.with === question.with && comparison.other === question.other
  // Another text is the same run whatever it stands beside, another source whatever source it stands beside.
  const kept = question.other === undefined ? of.source === shown.source : of.text === shown.text
  return same && kept && of.model === shown.model ? comparison : undefined
}

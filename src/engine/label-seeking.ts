// Labels of single features, asked of Neuronpedia's public API while somebody looks at them: what an answer says,
// checked, and what a person is told when asking has stopped.
import { readImported } from '../formats/neuronpedia.ts'
import { MissingFile, WebPage } from '../hub/http-errors.ts'
import type { Hub } from '../hub/hub.ts'
import { GaveUp, type Pace, PoliteQueue } from '../hub/polite-queue.ts'
import { Unreachable, UserError, type UserErrorFields } from '../lib/errors.ts'
import { isThisMachine } from '../lib/hub-settings.ts'
import type { ImportedLabel } from '../lib/imported.ts'
import type { FetchedLabels } from './import-store.ts'
import type { LabelPlace } from './protocol.ts'

/** Bytes of one answer, several times what a feature with all its texts takes (about 1.2 MB). */
const LONGEST_ANSWER = 8e6

/** Milliseconds after which a host that had no label for a feature is asked again: a week. */
const NONE_HOLDS = 7 * 24 * 3_600_000

/** A Neuronpedia of one's own, on this machine, is asked ten times as often as one that many share. */
const OWN_PACE: Partial<Pace> = { spacing: 100, firstDelay: 200 }

/** Whether what was fetched counts at `now`, or the host is to be asked again. */
export function stillHolds({ labels, at }: FetchedLabels, now: number): boolean {
  return labels.length > 0 || now - at < NONE_HOLDS
}

export class LabelSeeking {
  readonly #hub: Pick<Hub, 'askOnce'>
  readonly #pace: Partial<Pace> | undefined
  /** One host is asked one thing at a time. */
  readonly #queues = new Map<string, PoliteQueue>()

  constructor(hub: Pick<Hub, 'askOnce'>, pace?: Partial<Pace>) {
    this.#hub = hub
    this.#pace = pace
  }

  /**
   * The labels that Neuronpedia has for a feature, none where it has none; undefined for an answer of no use.
   * GaveUp when the host fails repeatedly, or asks for rest.
   */
  async labels(place: LabelPlace, index: number, signal: AbortSignal): Promise<ImportedLabel[] | undefined> {
    const pace = this.#pace ?? (isThisMachine(place.from) ? OWN_PACE : undefined)
    const queue = this.#queues.get(place.from) ?? new PoliteQueue((cause) => stopped(place.from, cause), pace)
    this.#queues.set(place.from, queue)
    try {
      return await queue.run((own) => this.#ask(place, index, own), signal)
    } catch (error) {
      if (error instanceof UserError && !(error instanceof GaveUp)) return undefined
      throw error
    }
  }

  async #ask({ from, source }: LabelPlace, index: number, signal: AbortSignal): Promise<ImportedLabel[]> {
    const url = `${from}/api/feature/${source.split('/').map(encodeURIComponent).join('/')}/${index}`
    try {
      const bytes = await this.#hub.askOnce(url, LONGEST_ANSWER, signal)
      return labelsOf(new TextDecoder().decode(bytes), source, index)
    } catch (error) {
      // It knows no such feature.
      if (error instanceof MissingFile && !(error instanceof WebPage)) return []
      throw error
    }
  }
}

/** What an answer about feature `index` of "model/source" says of it. UserError for anything else. */
export function labelsOf(json: string, source: string, index: number): ImportedLabel[] {
  let value: unknown
  try {
    value = JSON.parse(json)
  } catch {
    throw noFeature('It is no JSON.')
  }
  if (value === null) return []
  const { entries, skipped } = readImported(value)
  if (entries.length === 0) throw noFeature(skipped[0] ?? 'It is empty.')
  const other = entries.find(
    ({ place }) => place.index !== index || `${place.model}/${place.source}` !== source,
  )
  if (other) throw noFeature('It is about another feature than asked for.')
  return entries.flatMap((entry) => (entry.kind === 'label' ? [entry.label] : []))
}

function noFeature(detail: string): UserError {
  return new UserError({
    title: 'The answer is not that of a feature.',
    detail,
    remedy: 'Try again later.',
  })
}

function stopped(from: string, cause: UserError): UserErrorFields {
  const { host } = new URL(from)
  return {
    title: `No more labels are fetched from ${host}.`,
    detail:
      cause instanceof Unreachable
        ? `${host} did not answer, or did not let this page read its answer (CORS): a browser does not tell which.`
        : `${cause.title} ${cause.detail}`,
    remedy:
      'Try again later, or import a file of its public export (explanations/batch-0.jsonl.gz and so on) on the page about this source.',
  }
}

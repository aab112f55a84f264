// Published values checked with the real weights: which cases, on which model, what that downloads, what came out.
import type { CatalogueEntry, ModelPlan, Opened } from '../engine/protocol.ts'
import { isAbort, toUserError, UserError } from '../lib/errors.ts'
import type { Hook } from '../lib/hook.ts'
import { PUBLISHED_CASES, type PublishedCase } from '../lib/published-values.ts'
import { parseCases } from '../lib/verify-cases.ts'
import type { CaseResult } from '../lib/verify-report.ts'
import type { WeightPrecision } from '../lib/weight-precision.ts'
import { SMALL_DOWNLOAD, takenBy } from './model-slice.ts'
import { forgetSource } from './session-slice.ts'
import type { Slice, Work } from './types.ts'
import { type PlannedCase, runCase } from './verify-run.ts'

type CheckStatus =
  | { at: 'ready' }
  | ({ at: 'work' } & Work)
  /** `unknown`: sources among them whose size no catalogue tells. */
  | { at: 'asking'; download: number; unknown: number }
  | { at: 'done' }
  | { at: 'cancelled' }

export interface VerifySlice {
  verifyCases: readonly PublishedCase[]
  /** Name of the file the cases are from; undefined for the published ones. */
  verifyFile: string | undefined
  verifyFileError: UserError | undefined
  /** Repository of the model in place of each case's usual one. */
  verifyModel: string | undefined
  /** Only cases of this source, as the address asks. */
  verifySae: string | undefined
  /** Ids of cases that are left out. */
  verifyLeft: ReadonlySet<string>
  verifyStatus: CheckStatus
  verifyResults: ReadonlyMap<string, CaseResult>
  /** What the address asks to be checked. */
  askForCheck(asked: { model?: string; sae?: string }): void
  setVerifyModel(repo: string | undefined): Promise<void>
  /** Sets the precision of the model's weights, and runs nothing. */
  holdModelAs(weights: WeightPrecision | 'auto'): Promise<void>
  leaveOut(id: string, left: boolean): void
  /** Takes cases from a JSON file in place of the published ones. Failures land in `verifyFileError`. */
  readVerifyFile(file: File): Promise<void>
  usePublished(): void
  /** Checks every case that is not left out; `agreed`: whatever it downloads. */
  check(agreed?: boolean): Promise<void>
  cancelCheck(): void
  /** Goes back from what was asked, with nothing fetched. */
  dropCheck(): void
}

/** The cases that `check` runs. */
export function casesAsked({
  verifyCases,
  verifySae,
  verifyLeft,
}: Pick<VerifySlice, 'verifyCases' | 'verifySae' | 'verifyLeft'>): PublishedCase[] {
  return casesShown({ verifyCases, verifySae }).filter(({ id }) => !verifyLeft.has(id))
}

/** The cases of the source that the address names; all where it names none. */
export function casesShown({
  verifyCases,
  verifySae,
}: Pick<VerifySlice, 'verifyCases' | 'verifySae'>): PublishedCase[] {
  if (verifySae === undefined) return [...verifyCases]
  const asked = bare(verifySae)
  return verifyCases.filter(({ run }) => run !== undefined && bare(run.sae) === asked)
}

/** The model a case runs on: the chosen one where it is one of the case's own, or nobody's. */
export function repoOf(
  { models }: PublishedCase,
  { verifyModel, verifyCases }: Pick<VerifySlice, 'verifyModel' | 'verifyCases'>,
): string {
  const known = verifyCases.some((one) => verifyModel !== undefined && one.models.includes(verifyModel))
  return verifyModel !== undefined && (!known || models.includes(verifyModel)) ? verifyModel : models[0]
}

/** A reference without what may be left out of it. */
function bare(reference: string): string {
  return reference.replace(/^hf:(\/\/)?|^https:\/\/huggingface\.co\//, '').replace(/\/params\.npz$|\/+$/, '')
}

export const verifySlice: Slice<VerifySlice> = (set, get, { client }) => {
  let current: AbortController | undefined

  /** Nothing is told of a check that another has taken the place of. */
  function tell(abort: AbortController, id: string, result: CaseResult): void {
    if (current !== abort) return
    set(({ verifyResults }) => ({ verifyResults: new Map(verifyResults).set(id, result) }))
  }

  /** What lies beside the page needs no question: it is opened at once, and its plan reads nothing twice. */
  async function openBundled(repo: string, signal: AbortSignal): Promise<void> {
    if (get().model?.repo !== repo && (await isBundled(repo)))
      take(await client.open({ model: repo }, { signal }))
  }

  async function isBundled(repo: string): Promise<boolean> {
    return !repo.includes('/') || (await get().loadCatalogue()).some(({ modelRepo }) => modelRepo === repo)
  }

  /** What the engine has opened is what the page shows from now on. */
  function take(opened: Opened): void {
    const { model, sae } = get()
    set({ ...forgetSource(), model: opened.model ?? model, sae: opened.sae ?? sae })
  }

  /** Plans of all cases that can run; the others have their reason told. */
  async function planAll(cases: readonly PublishedCase[], abort: AbortController): Promise<PlannedCase[]> {
    const planned: PlannedCase[] = []
    for (const one of cases) {
      const repo = repoOf(one, get())
      try {
        await openBundled(repo, abort.signal)
        const plan = await client.planModel(repo, hooksOf(one), { signal: abort.signal })
        const taken = takenBy(get().choice, plan)
        if (taken.refused && one.run) throw new UserError(taken.refused.reason)
        planned.push({ one, repo, plan, precision: taken.precision })
      } catch (thrown) {
        if (isAbort(thrown)) throw thrown
        tell(abort, one.id, { state: 'failed', error: toUserError(thrown) })
      }
    }
    return planned
  }

  /** Bytes still to be fetched for all of them together: cases share layers, models and sources. */
  async function bytesOf(
    planned: readonly PlannedCase[],
    signal: AbortSignal,
  ): Promise<{ download: number; unknown: number }> {
    const bundled = await get().loadCatalogue()
    let download = 0
    for (const repo of new Set(planned.map((one) => one.repo))) {
      if (await isBundled(repo)) continue
      const own = planned.filter((one) => one.repo === repo)
      const running = own.filter(({ one }) => one.run)
      if (get().model?.repo !== repo) download += own[0].plan.tokenizerBytes ?? 0
      if (running.length === 0) continue
      const hooks = [...new Set(running.flatMap(({ one }) => hooksOf(one)))]
      const union: ModelPlan = await client.planModel(repo, hooks, { signal })
      download += takenBy(get().choice, union).download
    }
    const sources = await sourceBytes(planned, bundled)
    return { download: download + sources.bytes, unknown: sources.unknown }
  }

  async function sourceBytes(
    planned: readonly PlannedCase[],
    bundled: readonly CatalogueEntry[],
  ): Promise<{ bytes: number; unknown: number }> {
    const names = new Set(planned.flatMap(({ one }) => (one.run ? [one.run.sae] : [])))
    const [everything, { files }] = await Promise.all([client.publicCatalogue(), client.storage()])
    const sum = { bytes: 0, unknown: 0 }
    for (const name of names) {
      const isRow = ({ repo, path }: CatalogueEntry): boolean => `${repo}/${path}` === name
      if (bundled.some(isRow)) continue
      const size = everything.find(isRow)?.bytes
      if (size === undefined) sum.unknown += 1
      else sum.bytes += Math.max(0, size - (files.find((file) => file.name === name)?.present ?? 0))
    }
    return sum
  }

  async function runAll(
    planned: readonly PlannedCase[],
    abort: AbortController,
    since: number,
  ): Promise<void> {
    const before = get().choice
    try {
      for (const [at, one] of planned.entries()) {
        const label = `${one.one.title}, ${at + 1} of ${planned.length}`
        tell(abort, one.one.id, { state: 'running' })
        try {
          await hold(one.precision)
          const result = await runCase(one, {
            client,
            open: () => {
              const { model, sae } = get()
              return { model: model?.repo, sae: sae && `${sae.repo}/${sae.path}` }
            },
            take,
            call: {
              signal: abort.signal,
              onProgress: (progress) => {
                const work = { label: `${label}: ${progress.label}`, progress, since }
                if (current === abort) set({ verifyStatus: { at: 'work', ...work } })
              },
            },
          })
          abort.signal.throwIfAborted()
          tell(abort, one.one.id, result)
        } catch (thrown) {
          if (isAbort(thrown)) {
            tell(abort, one.one.id, { state: 'cancelled' })
            throw thrown
          }
          tell(abort, one.one.id, { state: 'failed', error: toUserError(thrown) })
        }
      }
    } finally {
      // The precision was chosen for these cases, not for what comes after them.
      if (get().choice.weights !== before.weights) await hold(before.weights)
    }
  }

  async function hold(weights: WeightPrecision | 'auto'): Promise<void> {
    const { choice } = get()
    if (choice.weights === weights) return
    const wanted = { ...choice, weights }
    set({ choice: wanted, backends: await client.setBackends(wanted) })
  }

  /** What belongs to cases or a model that were there before. */
  function changed(): Partial<VerifySlice> {
    current?.abort()
    current = undefined
    return { verifyStatus: { at: 'ready' }, verifyResults: new Map() }
  }

  return {
    verifyCases: PUBLISHED_CASES,
    verifyFile: undefined,
    verifyFileError: undefined,
    verifyModel: undefined,
    verifySae: undefined,
    verifyLeft: new Set(),
    verifyStatus: { at: 'ready' },
    verifyResults: new Map(),

    askForCheck: ({ model, sae }) => {
      const same = model === get().verifyModel && sae === get().verifySae
      if (!same) set({ ...changed(), verifyModel: model, verifySae: sae })
    },

    setVerifyModel: (model) => get().visit({ view: 'verify', model, sae: get().verifySae }, 'replace'),

    holdModelAs: hold,

    leaveOut: (id, left) => {
      const verifyLeft = new Set(get().verifyLeft)
      if (left) verifyLeft.add(id)
      else verifyLeft.delete(id)
      set({ ...changed(), verifyLeft })
    },

    readVerifyFile: async (file) => {
      try {
        const verifyCases = parseCases(await file.text(), file.name)
        set({ ...changed(), verifyCases, verifyFile: file.name, verifyFileError: undefined })
        set({ verifyLeft: new Set(), verifyModel: undefined })
      } catch (thrown) {
        set({ verifyFileError: toUserError(thrown) })
      }
    },

    usePublished: () => {
      set({ ...changed(), verifyCases: PUBLISHED_CASES, verifyFile: undefined, verifyFileError: undefined })
    },

    check: async (agreed = false) => {
      current?.abort()
      const abort = new AbortController()
      current = abort
      const since = performance.now()
      const label = 'Looking at what this needs'
      set({ verifyStatus: { at: 'work', label, progress: undefined, since }, verifyResults: new Map() })
      try {
        const planned = await planAll(casesAsked(get()), abort)
        if (!agreed) {
          const asks = await bytesOf(planned, abort.signal)
          if (abort.signal.aborted) return
          if (asks.download > SMALL_DOWNLOAD || asks.unknown > 0) {
            return set({ verifyStatus: { at: 'asking', ...asks } })
          }
        }
        await runAll(planned, abort, since)
        if (current === abort) set({ verifyStatus: { at: 'done' } })
      } catch (thrown) {
        if (current !== abort) return
        if (isAbort(thrown)) return set({ verifyStatus: { at: 'cancelled' } })
        for (const { id } of casesAsked(get()))
          tell(abort, id, { state: 'failed', error: toUserError(thrown) })
        set({ verifyStatus: { at: 'done' } })
      }
    },

    cancelCheck: () => current?.abort(),
    dropCheck: () => set(changed()),
  }
}

/** A tokenizer alone needs no layer; the first one's plan tells of its files. */
function hooksOf({ run }: PublishedCase): Hook[] {
  return run ? [...new Set([run.hookIn, run.hookOut])] : ['blocks.0.hook_resid_post']
}

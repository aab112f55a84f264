// Builds an index with the open model and SAE, a few documents at a time, so that other calls come in between.
import type { IndexHead, LogitsOf } from '../activation-index/assemble.ts'
import { IndexBuilder } from '../activation-index/builder.ts'
import type { Cap } from '../activation-index/cap.ts'
import type { IndexManifest } from '../activation-index/manifest.ts'
import { ActivationIndex } from '../activation-index/reader.ts'
import { isAbort, UserError } from '../lib/errors.ts'
import type { Hook } from '../lib/hook.ts'
import { PRECISION_NAMES, type WeightPrecision } from '../lib/weight-precision.ts'
import { readSaeShape } from '../sae/weights.ts'
import { openCorpus, type TokenizedCorpus } from './corpus.ts'
import { openPool, suitsPool } from './document-pool.ts'
import { logitEffects } from './feature.ts'
import { requireFit } from './fit.ts'
import type { CorpusInput } from './index-results.ts'
import type { SourceIndexes } from './index-store.ts'
import type { ModelFiles } from './model-files.ts'
import type { SaeFiles } from './sae-files.ts'
import type { Session } from './session.ts'
import type { TaskContext } from './tasks.ts'

export interface BuildOptions {
  session: Session
  stores: SourceIndexes
  /** Address of the bundled texts. */
  bundled: string
  code: string
  cap?: Cap
  /** Runs a step when nothing else uses the model, the SAE or the GPU. */
  inTurn<T>(step: () => Promise<T>): Promise<T>
}

const WAITING = 'Waiting for another tab that builds an index of this source'
/** Documents of a step: a fraction of a second of the bundled model. */
const STEP_DOCUMENTS = 8
const STEP_FEATURES = 256
/** Milliseconds between two messages of progress. */
const TELL_EVERY = 100
/** Tokens that are named of those a feature promotes. */
const PROMOTED = 5

/** Resolves when all is written, or rejects with what was done kept: the next build of the same goes on from there. */
export async function buildIndex(
  input: CorpusInput,
  options: BuildOptions,
  context: TaskContext,
): Promise<{ manifest: IndexManifest; fingerprint: string }> {
  const { session, stores, bundled, code, cap, inTurn } = options
  const { signal, onProgress } = context
  const files = session.requireSaeFiles()
  const model = session.requireModelFiles()
  const { hookIn } = requireFit(files, model)
  const { tokenizer, config } = model
  if (!tokenizer) {
    throw new UserError({
      title: 'This model has no tokenizer.',
      detail: 'An index is built from texts, which have to become tokens.',
      remedy: 'Add tokenizer.json to the model.',
    })
  }
  const corpus = await openCorpus(input, bundled, { tokenizer, bosTokenId: config.bosTokenId }, context)
  const { precision, dSae } = await inTurn(async () => {
    await session.requireModel()
    return {
      precision: session.modelInPlace?.precision ?? 'f32',
      dSae: readSaeShape(files.arrays, files.path).dSae,
    }
  })
  const head: IndexHead = {
    ...{ model: model.id, source: files.source, hook: hookIn, dSae, code },
    precision: PRECISION_NAMES[precision],
    corpus: { name: corpus.name, description: corpus.description, kinds: corpus.kinds },
  }
  const fingerprint = await fingerprintOf(head, cap, corpus)
  const requireSame = (): void => {
    if (session.saeFiles === files && session.modelFiles === model) return
    throw new UserError({
      title: 'Building the index was interrupted.',
      detail: `Another source was opened while that of ${files.source} was being built.`,
      remedy: 'Open this source again: building goes on from there.',
    })
  }
  const work = async (): Promise<IndexManifest> => {
    const store = await stores.corpus(fingerprint)
    const finished = await ActivationIndex.open(store, signal).catch(() => undefined)
    if (finished) return finished.manifest
    const builder = await IndexBuilder.open({ store, head, fingerprint }, signal)
    await addDocuments(
      builder,
      corpus,
      { ...options, ...{ files, model, precision, hook: hookIn, requireSame } },
      context,
    )
    return builder.finish({
      piece: (id) => tokenizer.piece(id) ?? `<${id}>`,
      logits: session.mayReadVocabulary(model)
        ? logitsOf({ ...options, files, model, requireSame }, signal)
        : undefined,
      ...{ cap, onProgress, signal },
    })
  }
  const manifest = await stores.alone(
    async () => {
      const made = await work()
      await stores.choose(fingerprint)
      return made
    },
    () => onProgress({ label: WAITING, done: 0, total: corpus.countedTokens, unit: 'tokens' }),
    signal,
  )
  return { manifest, fingerprint }
}

type Steps = Pick<BuildOptions, 'session' | 'inTurn'> & { requireSame(): void }

type DocumentSteps = Steps & {
  files: SaeFiles
  model: ModelFiles
  precision: WeightPrecision
  hook: Hook
}

/** Runs what the builder has not yet; where that fails or is cancelled, what was done is kept. */
async function addDocuments(
  builder: IndexBuilder,
  corpus: TokenizedCorpus,
  steps: DocumentSteps,
  { signal, onProgress }: TaskContext,
): Promise<void> {
  let told = Number.NEGATIVE_INFINITY
  const report = (): void => {
    const now = performance.now()
    const { tokens } = builder
    if (now - told < TELL_EVERY && tokens < corpus.countedTokens) return
    told = now
    onProgress({ label: 'Building the index', done: tokens, total: corpus.countedTokens, unit: 'tokens' })
  }
  try {
    report()
    await addOnThreads(builder, corpus, steps, report, signal)
    await addInSession(builder, corpus, steps, report, signal)
  } catch (error) {
    await builder.writePart()
    throw error
  }
  report()
}

/** Where model and SAE are small: on threads of their own. What these do not do is left to the session. */
async function addOnThreads(
  builder: IndexBuilder,
  { documents }: TokenizedCorpus,
  { session, inTurn, requireSame, ...what }: DocumentSteps,
  report: () => void,
  signal: AbortSignal,
): Promise<void> {
  const left = documents.slice(builder.documents)
  if (!session.mayUseCpu || !suitsPool(what.files, what.model, left.length)) return
  const pool = await openPool(what, signal).catch(onlyAborts)
  if (!pool) return
  // Threads wait for calls of the page, and stop when another source is opened.
  const before = (): Promise<void> => inTurn(async () => requireSame())
  const found = pool.run(left, before, signal)
  try {
    for (;;) {
      const next = await found.next().catch(onlyAborts)
      if (!next || next.done) return
      for (const features of next.value) await builder.add(documents[builder.documents], features)
      report()
    }
  } finally {
    pool.end()
  }
}

/** A thread that fails is no reason to stop: what was cancelled or refused is. */
function onlyAborts(error: unknown): undefined {
  if (isAbort(error) || error instanceof UserError) throw error
}

async function addInSession(
  builder: IndexBuilder,
  { documents }: TokenizedCorpus,
  { session, inTurn, requireSame, hook }: DocumentSteps,
  report: () => void,
  signal: AbortSignal,
): Promise<void> {
  while (builder.documents < documents.length) {
    await inTurn(async () => {
      requireSame()
      const running = await session.requireModel()
      const sae = await session.requireSae({ signal, onProgress: () => undefined })
      const end = Math.min(documents.length, builder.documents + STEP_DOCUMENTS)
      for (let at = builder.documents; at < end; at += 1) {
        signal.throwIfAborted()
        const document = documents[at]
        const x = (await running.forward(document.tokens, [hook], { signal })).get(hook)
        if (!x) throw new Error(`the model gave no output for ${hook}`)
        try {
          await builder.add(document, await sae.encode(x, signal))
        } finally {
          if (x.location === 'gpu') x.release()
        }
      }
    })
    report()
  }
}

/** What features do to the logits, some at a time. */
function logitsOf(
  { session, inTurn, requireSame, files, model }: Steps & { files: SaeFiles; model: ModelFiles },
  signal: AbortSignal,
): LogitsOf {
  return async (from, to) => {
    const promoted: number[][] = []
    const skew = new Float32Array(to - from)
    for (let first = from; first < to; first += STEP_FEATURES) {
      const effects = await inTurn(async () => {
        requireSame()
        const sae = await session.requireSae({ signal, onProgress: () => undefined })
        const numbers = Array.from({ length: Math.min(STEP_FEATURES, to - first) }, (_, at) => first + at)
        return logitEffects(numbers, PROMOTED, files, sae, await session.lensModel(model), signal)
      })
      effects?.forEach(({ top, skew: own }, at) => {
        promoted.push(top.map(({ id }) => id))
        skew[first - from + at] = own
      })
      if (!effects) skew.fill(Number.NaN, first - from)
    }
    return { promoted, skew }
  }
}

/** What the index is of, to the letter. */
async function fingerprintOf(
  head: IndexHead,
  cap: Cap | undefined,
  corpus: TokenizedCorpus,
): Promise<string> {
  const { documents, countedTokens } = corpus
  const ids = new Int32Array(countedTokens + 3 * documents.length)
  let at = 0
  for (const { kind, tokens } of documents) {
    ids.set([-1, kind], at)
    ids.set(tokens, at + 2)
    at += 2 + tokens.length
  }
  const hash = new Uint8Array(await crypto.subtle.digest('SHA-256', ids))
  return JSON.stringify([head, cap ?? null, [...hash]])
}

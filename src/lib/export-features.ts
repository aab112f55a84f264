// Sparse features of a run as text files: JSON that says what it is, and CSV for spreadsheets.
import type { SparseRows } from './sparse-rows.ts'
import type { TokenSpan } from './token-span.ts'

/** What an exported file tells. */
export interface ExportedRun {
  model: string
  source: string
  /** Where the activations came from: a text through the model, or a file. */
  origin: 'model' | { file: string; array: string; dtype: string; sequence: number }
  /** The text that was run, where one was. */
  text: string | undefined
  hookIn: string | undefined
  hookOut: string | undefined
  ids: readonly number[]
  /** [tokens] the vocabulary's own pieces, or the strings given */
  tokens: readonly string[]
  spans: readonly TokenSpan[]
  features: SparseRows
  l0: number
  /** NaN where the target is not known. */
  fvu: number
}

const HOW =
  'acts = pre where pre > threshold, else 0 (or what the activation function of the SAE lets stay), pre = x · W_enc + b_enc; x are the activations at hook. l0: mean count of acts > 0 a token; fvu: Σ‖y−ŷ‖² / Σ‖y−mean(y)‖², y at hook_out; position 0 is left out of both. activations[t] lists [feature, activation] of token t, features ascending.'

/** Every activation written so that reading it as float32 gives the same bits. */
export function featuresJson(run: ExportedRun): string {
  const { features, origin } = run
  const facts = {
    made_by: 'Featurescope',
    model: run.model,
    source: run.source,
    hook: run.hookIn ?? null,
    hook_out: run.hookOut ?? null,
    activations_from: origin === 'model' ? 'the model' : { ...origin, sequences_counted_from: 0 },
    text: run.text ?? null,
    tokens: run.tokens,
    ids: run.ids,
    n_tokens: features.rows,
    n_features: features.width,
    l0: Number.isFinite(run.l0) ? run.l0 : null,
    fvu: Number.isFinite(run.fvu) ? run.fvu : null,
    computed: HOW,
  }
  const rows = Array.from({ length: features.rows }, (_, row) => `    [${pairs(features, row).join(', ')}]`)
  const head = JSON.stringify(facts, undefined, 2).slice(0, -2)
  return `${head},\n  "activations": [\n${rows.join(',\n')}\n  ]\n}\n`
}

function pairs({ rowPtr, indices, values }: SparseRows, row: number): string[] {
  const list: string[] = []
  for (let at = rowPtr[row]; at < rowPtr[row + 1]; at += 1)
    list.push(`[${indices[at]}, ${shortFloat32(values[at])}]`)
  return list
}

/** One line an activation: position, token, feature, activation. RFC 4180, lines end in CR LF. */
export function featuresCsv({ features, spans }: ExportedRun): string {
  const { rowPtr, indices, values } = features
  const lines = ['position,token,feature,activation']
  for (const { first, count, text } of spans) {
    const token = csvText(text)
    for (let row = first; row < first + count; row += 1) {
      for (let at = rowPtr[row]; at < rowPtr[row + 1]; at += 1)
        lines.push(`${row},${token},${indices[at]},${shortFloat32(values[at])}`)
    }
  }
  return `${lines.join('\r\n')}\r\n`
}

/** Quoted; what a spreadsheet would take for a formula gets an apostrophe in front, which OWASP advises. */
export function csvText(text: string): string {
  const safe = /^[=+\-@\t\r]/.test(text) ? `'${text}` : text
  return `"${safe.replaceAll('"', '""')}"`
}

/** The shortest decimal that rounds to the same float32; nine digits always do. */
export function shortFloat32(value: number): string {
  for (let digits = 6; digits < 9; digits += 1) {
    const text = String(Number(value.toPrecision(digits)))
    if (Math.fround(Number(text)) === value) return text
  }
  return String(Number(value.toPrecision(9)))
}

/** "gemma-2-mini_3-miniscope-res-4k_features.csv"; for a file's activations its name and sequence, counted from 1. */
export function exportName({ model, source, origin }: ExportedRun, ending: string): string {
  const from = origin === 'model' ? model : `${origin.file.replace(/\.[^.]*$/, '')}-${origin.sequence + 1}`
  return `${[from, source].filter(Boolean).join('_')}_${ending}`.replace(/[^\w.-]+/g, '-')
}

// The figures of one run, and how each was computed.
import { type ComponentType, lazy, Suspense } from 'react'
import { formatNumber } from '../lib/format.ts'
import { browseRoute, formatRoute } from '../lib/route.ts'
import type { RunShown } from '../store/types.ts'
import { Disclosure } from '../ui/Disclosure.tsx'
import { FarApart } from './FarApart.tsx'
import css from './RunFacts.module.css'

// After the first view, which has room for little; where it cannot be fetched, the word stays and does nothing.
const ExportMenu = lazy<ComponentType<{ shown: RunShown }>>(async () => ({
  default: await import('./ExportMenu.tsx').then((module) => module.ExportMenu).catch(() => ExportWord),
}))

export function RunFacts({ shown }: { shown: RunShown }) {
  const { result } = shown
  const { milliseconds, backends } = result
  return (
    <>
      <ul className={css.facts}>
        <li>
          <b>{formatNumber(result.features.rows)}</b> tokens
        </li>
        <li title="Mean active features a token, position 0 excluded">
          L0 <b>{formatNumber(result.l0, 1)}</b>
        </li>
        <li title="Fraction of variance unexplained, position 0 excluded">
          FVU <b>{formatNumber(result.fvu, 3)}</b>
        </li>
        <li>
          hook <b className={css.hook}>{result.hookIn ?? 'not known'}</b>
        </li>
        <li>
          <b>{formatNumber(milliseconds.total)}</b> ms
        </li>
        <li className={css.ways}>
          <a
            href={formatRoute({ view: 'source', model: shown.model, source: shown.source, text: shown.text })}
          >
            About this source
          </a>
          <a href={formatRoute(browseRoute(shown.model, shown.source, shown.text))}>All its features</a>
          <Suspense fallback={<ExportWord />}>
            <ExportMenu shown={shown} />
          </Suspense>
        </li>
      </ul>
      <FarApart shown={shown} />
      <Disclosure summary="How was this computed?">
        <Origin shown={shown} />
        <pre className={css.formula}>
          {`pre  = x · W_enc + b_enc
acts = pre where pre > threshold, else 0
ŷ    = acts · W_dec + b_dec`}
        </pre>
        <dl className={css.terms}>
          <dt>L0</dt>
          <dd>mean count of acts &gt; 0 over tokens</dd>
          <dt>FVU</dt>
          <dd>
            Σ‖y − ŷ‖² / Σ‖y − mean(y)‖², y at <code>{result.hookOut ?? 'an unknown hook'}</code>
            {Number.isNaN(result.fvu) && shown.origin !== 'text' && ', which the file does not hold'}
          </dd>
          <dt>colour</dt>
          <dd>
            opacity 0.05 + 0.95 · log10(1 + 9 · value / max), none below 5e-5; the total counts from the least
            active token
          </dd>
        </dl>
        <p>
          Position 0 (<code>&lt;bos&gt;</code>
          {shown.origin !== 'text' && ' or not'}) is left out of L0 and FVU. Adapter: {backends.adapter}
          {backends.software && ' (computes on the CPU)'}.
        </p>
      </Disclosure>
    </>
  )
}

/** Where x came from, and who encoded it. */
function Origin({ shown: { origin, model, source, result } }: { shown: RunShown }) {
  const { milliseconds, backends } = result
  const stored = backends.weights?.precision === 'f16' ? 'float16' : 'float32'
  const encoded = `is encoded by ${source}, whose weights are stored in ${stored} (${formatNumber(milliseconds.encode)} ms on ${backends.sae}):`
  if (origin === 'text') {
    return (
      <p>
        The text, with <code>&lt;bos&gt;</code> before it, goes through {model} up to{' '}
        <code>{result.hookIn}</code> in float32 ({formatNumber(milliseconds.model)} ms on {backends.model});
        each token’s vector x there {encoded}
      </p>
    )
  }
  const { name, array, dtype, hook, sequences } = origin.activations
  return (
    <p>
      No model was run: the vectors x are those of <code>{array}</code> ({dtype}, read as float32) in{' '}
      <code>{name}</code>
      {sequences > 1 && `, sequence ${formatNumber(origin.sequence + 1)} of ${formatNumber(sequences)}`}
      {hook ? (
        <>
          , said to be activations of <code>{hook}</code>
        </>
      ) : (
        ', whose hook the file does not name'
      )}
      ; each {encoded}
    </p>
  )
}

function ExportWord() {
  return <span>Export</span>
}

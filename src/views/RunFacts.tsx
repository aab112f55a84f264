// The figures of one run, and how each was computed.
import { formatNumber } from '../lib/format.ts'
import type { RunShown } from '../store/types.ts'
import { Disclosure } from '../ui/Disclosure.tsx'
import css from './RunFacts.module.css'

export function RunFacts({ shown }: { shown: RunShown }) {
  const { result } = shown
  const { milliseconds, backends } = result
  const stored = backends.weights?.precision === 'f16' ? 'float16' : 'float32'
  return (
    <>
      <ul className={css.facts}>
        <li>
          <b>{formatNumber(result.ids.length)}</b> tokens
        </li>
        <li title="Mean active features a token, position 0 excluded">
          L0 <b>{formatNumber(result.l0, 1)}</b>
        </li>
        <li title="Fraction of variance unexplained, position 0 excluded">
          FVU <b>{formatNumber(result.fvu, 3)}</b>
        </li>
        <li>
          hook <b className={css.hook}>{result.hookIn}</b>
        </li>
        <li>
          <b>{formatNumber(milliseconds.total)}</b> ms
        </li>
      </ul>
      <Disclosure summary="How was this computed?">
        <p>
          The text, with <code>&lt;bos&gt;</code> before it, goes through {shown.model} up to{' '}
          <code>{result.hookIn}</code> in float32 ({formatNumber(milliseconds.model)} ms on {backends.model});
          each token’s vector x there is encoded by {shown.source}, whose weights are stored in {stored} (
          {formatNumber(milliseconds.encode)} ms on {backends.sae}):
        </p>
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
            Σ‖y − ŷ‖² / Σ‖y − mean(y)‖², y at <code>{result.hookOut}</code>
          </dd>
          <dt>colour</dt>
          <dd>
            opacity 0.05 + 0.95 · log10(1 + 9 · value / max), none below 5e-5; the total counts from the least
            active token
          </dd>
        </dl>
        <p>
          Position 0 (<code>&lt;bos&gt;</code>) is left out of L0 and FVU. Adapter: {backends.adapter}
          {backends.software && ' (computes on the CPU)'}.
        </p>
      </Disclosure>
    </>
  )
}

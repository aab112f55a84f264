// How every figure of the corpus was made: which tokens, which tensors, which formulas, what was left out.
import type { Dashboard, IndexInfo } from '../../engine/protocol.ts'
import { formatNumber, plural } from '../../lib/format.ts'
import { Disclosure } from '../../ui/Disclosure.tsx'
import css from './HowPanel.module.css'

interface HowPanelProps {
  info: IndexInfo
  index: number
  dashboard: Dashboard | undefined
}

export function HowPanel({ info: { manifest, origin }, index, dashboard }: HowPanelProps) {
  const { corpus, cap, code, created, precision, hook } = manifest
  return (
    <div className={css.how}>
      <Disclosure summary="How were the figures of the corpus computed?">
        <ul className={css.list}>
          <li>
            <b>Corpus.</b> {corpus.name}: {plural(manifest.documents, 'document')} of up to{' '}
            {manifest.documentTokens} tokens, {plural(manifest.countedTokens, 'counted token')}.{' '}
            {corpus.description} <code>&lt;bos&gt;</code> is first in every document and is not counted.
          </li>
          <li>
            <b>Activations.</b> {manifest.model} with weights as {precision}, its vectors at{' '}
            <code>{hook ?? 'the hook of its source'}</code>; acts[{index}] = pre where pre &gt; threshold,
            else 0, with pre = x · W_enc[:, {index}] + b_enc[{index}], of {manifest.source}.
          </li>
          <li>
            <b>Figures.</b> Density is firings over counted tokens; mean, standard deviation and nearest-rank
            percentiles are over the firings alone. 50 equal bins from the lowest to the highest; five equal
            intervals of [0, highest], each with its upper edge.
          </li>
          <li>
            <b>Examples.</b> The strongest firing of each document, and firings drawn evenly and always the
            same; documents with the same tokens count as one.{' '}
            {cap
              ? `Stored are all firings in the ${cap.top} documents with the highest activations, and in those of ${cap.random} firings drawn of all and of ${cap.perInterval} of each interval; counts are of the whole corpus.`
              : 'All firings are stored.'}
          </li>
          <li>
            <b>Together.</b>{' '}
            {manifest.coactiveTokens > 0
              ? `Jaccard = both / (a + b − both) and lift = both · N / (a · b) over N = ${formatNumber(manifest.coactiveTokens)} tokens.`
              : 'Not counted in this index.'}{' '}
            Cosine is of rows of W_dec. Neurons: the largest |W_dec[{index}, i]|, and their share of Σ|W_dec[
            {index}, :]|.
          </li>
          {dashboard?.logits && (
            <li>
              <b>Logits.</b> <code>{dashboard.logits.formula}</code> over the whole vocabulary, without the
              final norm’s gain and without the soft-cap; skew m₃ / m₂<sup>1.5</sup>, kurtosis m₄ / m₂² − 3.
            </li>
          )}
          <li>
            <b>The summary</b> is put together from these counts; no language model has read the feature.
          </li>
          <li>
            Index {ORIGINS[origin]}, written by {code} on {created.slice(0, 10)}.
          </li>
        </ul>
      </Disclosure>
    </div>
  )
}

const ORIGINS = {
  bundled: 'that comes with the page',
  stored: 'built in this browser',
  opened: 'from files that were opened',
} as const

// Histograms over all features, each with its summary and what is worth knowing of it.
import type { ReactNode } from 'react'
import type { Distribution, SaeInfo, SourceStatistics } from '../../engine/protocol.ts'
import { spreadDecimals } from '../../lib/axis.ts'
import { decoderNorms } from '../../lib/decoder-norms.ts'
import { formatNumber, plural } from '../../lib/format.ts'
import type { ChartName } from '../../store/charts-slice.ts'
import { useScale } from '../../store/hooks.ts'
import { Disclosure } from '../../ui/Disclosure.tsx'
import { Histogram } from '../../ui/Histogram.tsx'
import { Panel } from '../../ui/Panel.tsx'
import css from './Distributions.module.css'

interface DistributionsProps {
  sae: SaeInfo
  statistics: SourceStatistics
}

export function Distributions({ sae, statistics }: DistributionsProps) {
  const { threshold, decoderNorm, encoderNorm, cosine } = statistics
  const { kind } = sae.activation
  const norms = decoderNorms([decoderNorm.min, decoderNorm.max])
  const without = cosine ? sae.dSae - cosine.counts.reduce((sum, count) => sum + count, 0) : 0
  return (
    <div className={css.grid}>
      {kind === 'relu' || kind === 'topk' ? (
        <Panel title="Thresholds">
          <p className={css.note}>
            {kind === 'relu' ? 'ReLU' : 'TopK'} has none: every positive pre-activation
            {kind === 'topk' && ' among the k largest of a token'} stays.
          </p>
        </Panel>
      ) : (
        <One
          title="Thresholds"
          of="threshold"
          distribution={threshold}
          sae={sae}
          note="A feature is active on a token only where it reads more than this."
          formula={<code>threshold[f]</code>}
        />
      )}
      <One
        title="Decoder norms"
        of="‖W_dec[f]‖"
        distribution={decoderNorm}
        sae={sae}
        marker={{ value: 1, text: '1' }}
        note={norms.text}
        formula={<code>‖W_dec[f]‖₂ = √Σ_o W_dec[f, o]²</code>}
      />
      <One
        title="Encoder norms"
        of="‖W_enc[:, f]‖"
        distribution={encoderNorm}
        sae={sae}
        note="How strongly a feature reads along its direction."
        formula={<code>‖W_enc[:, f]‖₂ = √Σ_k W_enc[k, f]²</code>}
      />
      {cosine ? (
        <One
          title="Encoder · decoder"
          of="cosine"
          distribution={cosine}
          sae={sae}
          note={
            'Near 1: a feature reads the direction that it writes.' +
            (without > 0 ? ` ${plural(without, 'feature')} with a zero vector left out.` : '')
          }
          formula={<code>(W_enc[:, f] · W_dec[f]) / (‖W_enc[:, f]‖ ‖W_dec[f]‖)</code>}
        />
      ) : (
        <Panel title="Encoder · decoder">
          <p className={css.note}>
            {sae.dIn === sae.dOut
              ? 'Every feature has a zero vector: there is no cosine.'
              : `No cosine: this SAE reads ${sae.dIn} numbers and writes ${sae.dOut} in another space.`}
          </p>
        </Panel>
      )}
    </div>
  )
}

interface OneProps {
  title: Extract<ChartName, 'Thresholds' | 'Decoder norms' | 'Encoder norms' | 'Encoder · decoder'>
  /** The value of a feature, as the x axis names it. */
  of: string
  distribution: Distribution
  sae: SaeInfo
  marker?: { value: number; text: string }
  note: string
  formula: ReactNode
}

function One({ title, of, distribution, sae, marker, note, formula }: OneProps) {
  const { min, median, mean, max } = distribution
  const decimals = spreadDecimals(min, max)
  const figures = { min, median, mean, max }
  const axis = useScale(title)
  return (
    <Panel title={title} className={css.panel}>
      <Histogram
        name={`${title} of ${plural(sae.dSae, 'feature')}`}
        data={distribution}
        xTitle={of}
        counted="feature"
        marker={marker ?? { value: median, text: `median ${formatNumber(median, decimals)}` }}
        decimals={decimals}
        {...axis}
      />
      <dl className={css.summary} data-long={decimals > 5 || undefined}>
        {Object.entries(figures).map(([name, value]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>{formatNumber(value, decimals)}</dd>
          </div>
        ))}
      </dl>
      <p className={css.note}>{note}</p>
      <Disclosure summary="How was this computed?">
        <p>
          {formula} for each of the {plural(sae.dSae, 'feature')} f, from the file’s own numbers in{' '}
          <code>{sae.path}</code>, as float32; sums in float64. Counted in {distribution.counts.length} bins
          of equal width between the lowest and the highest; a value on an edge counts in the bin above.
        </p>
      </Disclosure>
    </Panel>
  )
}

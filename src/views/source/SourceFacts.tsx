// The SAE's shapes and hooks, and how its weights are held.
import type { ReactNode } from 'react'
import type { Backends, SaeInfo } from '../../engine/protocol.ts'
import { formatBytes, formatNumber, plural } from '../../lib/format.ts'
import { weightBytes } from '../../lib/sae-bytes.ts'
import { useApp } from '../../store/hooks.ts'
import { Facts } from '../../ui/Facts.tsx'
import { Panel } from '../../ui/Panel.tsx'
import { useOrigin } from './use-origin.ts'

export function SourceFacts({ sae }: { sae: SaeInfo }) {
  const backends = useApp((state) => state.backends)
  const { entry } = useOrigin(sae)
  return (
    <Panel title="Shape">
      <Facts
        facts={[
          { name: 'd_in', value: formatNumber(sae.dIn), meaning: 'Width of the activations it reads' },
          { name: 'd_sae', value: formatNumber(sae.dSae), meaning: 'Number of features' },
          { name: 'd_out', value: formatNumber(sae.dOut), meaning: 'Width of what it reconstructs' },
          { name: 'activation function', value: activationName(sae) },
          { name: 'reads', value: <Hook sae={sae} hook={sae.hookIn} /> },
          { name: 'reconstructs', value: <Hook sae={sae} hook={sae.hookOut} /> },
          entry
            ? { name: 'file', value: formatBytes(entry.bytes) }
            : { name: 'weights as float32', value: formatBytes(weightBytes(sae)) },
          {
            name: 'in use',
            value: inUse(backends),
            meaning: 'How and where the weights are held for encoding',
          },
        ]}
      />
    </Panel>
  )
}

function Hook({ sae, hook }: { sae: SaeInfo; hook: string | undefined }): ReactNode {
  if (hook) return <code>{hook}</code>
  return sae.site === 'embedding' ? 'rows of the embedding, unscaled' : 'unknown: the file names none'
}

function activationName({ activation }: SaeInfo): string {
  switch (activation.kind) {
    case 'jumprelu':
      return 'JumpReLU'
    case 'relu':
      return 'ReLU'
    case 'batchtopk':
      return 'BatchTopK'
    case 'topk':
      return `TopK, k = ${formatNumber(activation.k)}`
  }
}

function inUse(backends: Backends | undefined): string {
  const weights = backends?.weights
  if (!weights) return 'not yet'
  const precision = weights.precision === 'f16' ? 'float16' : 'float32'
  const where = backends.sae === 'webgpu' ? 'on the GPU' : 'in wasm'
  const streamed =
    weights.streamedRanges > 0 ? `, the rest streamed in ${plural(weights.streamedRanges, 'part')}` : ''
  return `${precision}, ${formatBytes(weights.bytes)} ${where}${streamed}`
}

// What computes: the GPU or its absence at a glance, the choice behind a click.
import { Popover, RadioGroup } from 'radix-ui'
import { useId } from 'react'
import type { BackendChoice, BackendKind, Precision, SaeWeights } from '../../engine/protocol.ts'
import { formatBytes } from '../../lib/format.ts'
import { GPU_BUDGETS, gigabytes } from '../../lib/gpu-budget.ts'
import { formatRoute } from '../../lib/route.ts'
import { PRECISION_NAMES, WEIGHT_PRECISIONS, type WeightPrecision } from '../../lib/weight-precision.ts'
import { useActions, useApp } from '../../store/hooks.ts'
import css from './BackendChip.module.css'

const NAMES: Record<BackendKind, string> = { webgpu: 'WebGPU', wasm: 'wasm' }
const PRECISIONS: Record<Precision, string> = { f32: 'float32', f16: 'float16' }

/** What runs where; what `auto` stands for now is said beside it. */
function kinds(inUse: BackendKind | undefined): Option<BackendKind | 'auto'>[] {
  return [
    { value: 'auto', text: 'Auto', aside: inUse && NAMES[inUse] },
    { value: 'webgpu', text: 'WebGPU' },
    { value: 'wasm', text: 'wasm' },
  ]
}

const PRECISION_OPTIONS: readonly Option<Precision>[] = [
  { value: 'f32', text: 'float32' },
  { value: 'f16', text: 'float16', aside: 'half the memory' },
]

/** What `auto` stands for is said while a model is in place. */
function modelPrecisions(inUse: WeightPrecision | undefined): Option<WeightPrecision | 'auto'>[] {
  return [
    { value: 'auto', text: 'Auto', aside: inUse && PRECISION_NAMES[inUse] },
    ...WEIGHT_PRECISIONS.map((value) => ({ value, text: PRECISION_NAMES[value] })),
  ]
}

const BUDGET_OPTIONS: readonly Option<number>[] = GPU_BUDGETS.map((budget) => ({
  value: gigabytes(budget),
  text: String(budget),
}))

export function BackendChip() {
  const backends = useApp((state) => state.backends)
  const choice = useApp((state) => state.choice)
  const { setBackends } = useActions()
  const change = (next: Partial<BackendChoice>): void => void setBackends({ ...choice, ...next })

  const name = backends
    ? backends.sae === backends.model
      ? NAMES[backends.sae]
      : `${NAMES[backends.sae]} + ${NAMES[backends.model]}`
    : 'starting'
  return (
    <Popover.Root>
      <div role="status" aria-label="Backend" className={css.status}>
        <Popover.Trigger
          className={css.chip}
          disabled={!backends}
          title={
            backends &&
            `SAE on ${NAMES[backends.sae]}, model on ${NAMES[backends.model]} · ${backends.adapter}`
          }
        >
          <i className={css.dot} data-kind={backends?.sae} aria-hidden="true" />
          <span className={css.name}>{name}</span>
          {backends && <span className={css.adapter}> · {backends.adapter}</span>}
        </Popover.Trigger>
      </div>
      <Popover.Portal>
        <Popover.Content
          className={css.pane}
          align="end"
          sideOffset={8}
          collisionPadding={8}
          aria-label="Backends"
        >
          <Choice
            name="SAE runs on"
            options={kinds(choice.sae === 'auto' ? backends?.sae : undefined)}
            value={choice.sae}
            onChange={(sae) => change({ sae })}
          />
          <Choice
            name="Model runs on"
            options={kinds(choice.model === 'auto' ? backends?.model : undefined)}
            value={choice.model}
            onChange={(model) => change({ model })}
          />
          <Choice
            name="Model weights held as"
            options={modelPrecisions(
              choice.weights === 'auto' ? backends?.modelWeights?.precision : undefined,
            )}
            value={choice.weights}
            onChange={(weights) => change({ weights })}
          />
          {backends?.sae === 'webgpu' && (
            <>
              <Choice
                name="SAE weights stored as"
                options={PRECISION_OPTIONS}
                value={choice.precision}
                onChange={(precision) => change({ precision })}
              />
              <Choice
                name="GPU memory, at most (GB)"
                options={BUDGET_OPTIONS}
                value={choice.gpuBudget}
                onChange={(gpuBudget) => change({ gpuBudget })}
              />
            </>
          )}
          {backends?.weights && <p className={css.note}>{weightsNote(backends.weights, backends.sae)}</p>}
          {backends?.modelWeights && (
            <p className={css.note}>
              The model’s weights take {formatBytes(backends.modelWeights.bytes)}{' '}
              {backends.model === 'webgpu' ? 'on the GPU' : 'in memory'}, in{' '}
              {PRECISION_NAMES[backends.modelWeights.precision]}.
            </p>
          )}
          {backends && (
            <p className={css.note}>
              {backends.adapter}
              {backends.software && '. This adapter computes on the CPU: right, but slow.'}
            </p>
          )}
          <p className={css.note}>
            <a href={formatRoute({ view: 'verify' })}>Check its numbers against published values</a>
          </p>
        </Popover.Content>
      </Popover.Portal>
    </Popover.Root>
  )
}

function weightsNote({ precision, bytes, streamedRanges }: SaeWeights, kind: BackendKind): string {
  const place = kind === 'webgpu' ? 'on the GPU' : 'in memory'
  const rest = streamedRanges
    ? ` The rest of the encoder passes through in ${streamedRanges} parts for each run.`
    : ''
  return `The SAE’s ${PRECISIONS[precision]} weights take ${formatBytes(bytes)} ${place}.${rest}`
}

interface Option<Value> {
  value: Value
  text: string
  aside?: string
}

interface ChoiceProps<Value> {
  name: string
  options: readonly Option<Value>[]
  value: Value
  onChange(value: Value): void
}

function Choice<Value extends string | number>({ name, options, value, onChange }: ChoiceProps<Value>) {
  const id = useId()
  const change = (next: string): void => {
    const option = options.find((candidate) => String(candidate.value) === next)
    if (option) onChange(option.value)
  }
  return (
    <div className={css.choice}>
      <span id={id} className={css.label}>
        {name}
      </span>
      <RadioGroup.Root
        className={css.kinds}
        aria-labelledby={id}
        value={String(value)}
        onValueChange={change}
      >
        {options.map((option) => (
          <RadioGroup.Item key={option.value} value={String(option.value)} className={css.kind}>
            {option.text}
            {option.aside && <small> ({option.aside})</small>}
          </RadioGroup.Item>
        ))}
      </RadioGroup.Root>
    </div>
  )
}

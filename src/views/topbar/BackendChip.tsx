// What computes: the GPU or its absence at a glance, the choice behind a click.
import { Popover, RadioGroup } from 'radix-ui'
import { useId } from 'react'
import type { BackendChoice, BackendKind } from '../../engine/protocol.ts'
import { useActions, useApp } from '../../store/hooks.ts'
import css from './BackendChip.module.css'

const KINDS: readonly { value: BackendKind | 'auto'; text: string }[] = [
  { value: 'auto', text: 'Auto' },
  { value: 'webgpu', text: 'WebGPU' },
  { value: 'wasm', text: 'wasm' },
]

const NAMES: Record<BackendKind, string> = { webgpu: 'WebGPU', wasm: 'wasm' }

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
            value={choice.sae}
            inUse={backends?.sae}
            onChange={(sae) => change({ sae })}
          />
          <Choice
            name="Model runs on"
            value={choice.model}
            inUse={backends?.model}
            onChange={(model) => change({ model })}
          />
          {backends && (
            <p className={css.note}>
              {backends.adapter}
              {backends.software && '. This adapter computes on the CPU: right, but slow.'}
            </p>
          )}
        </Popover.Content>
      </Popover.Portal>
    </Popover.Root>
  )
}

interface ChoiceProps {
  name: string
  value: BackendKind | 'auto'
  inUse: BackendKind | undefined
  onChange(value: BackendKind | 'auto'): void
}

function Choice({ name, value, inUse, onChange }: ChoiceProps) {
  const id = useId()
  const change = (next: string): void => {
    const kind = KINDS.find((candidate) => candidate.value === next)
    if (kind) onChange(kind.value)
  }
  return (
    <div className={css.choice}>
      <span id={id} className={css.label}>
        {name}
      </span>
      <RadioGroup.Root className={css.kinds} aria-labelledby={id} value={value} onValueChange={change}>
        {KINDS.map((kind) => (
          <RadioGroup.Item key={kind.value} value={kind.value} className={css.kind}>
            {kind.text}
            {kind.value === 'auto' && value === 'auto' && inUse && <small> ({NAMES[inUse]})</small>}
          </RadioGroup.Item>
        ))}
      </RadioGroup.Root>
    </div>
  )
}

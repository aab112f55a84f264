// What stands in place of the text box while activations from a file are shown: which file, which array, which of
// its sequences, what to beware of, and the way back to the text.
import { useEffect, useState } from 'react'
import { formatNumber, plural } from '../lib/format.ts'
import { useActions, useApp } from '../store/hooks.ts'
import { Button } from '../ui/Button.tsx'
import { ErrorPanel } from '../ui/ErrorPanel.tsx'
import { ProgressBar } from '../ui/ProgressBar.tsx'
import { usePatience } from '../ui/use-patience.ts'
import css from './ActivationsBar.module.css'

export function ActivationsBar() {
  const activations = useApp((state) => state.activations)
  const work = useApp((state) => state.opening ?? state.running)
  const error = useApp((state) => state.runError)
  const shown = useApp((state) => state.shown)
  const { showSequence, closeActivations, cancel } = useActions()
  const slow = usePatience(work !== undefined)
  if (!activations) return null
  const { info, sequence } = activations
  const dropped = shown?.result.droppedTokens ?? 0
  const notices = [...info.notices]
  if (dropped > 0) notices.push(`The sequence is long: its last ${plural(dropped, 'token')} were left out.`)
  return (
    <>
      <section className={css.bar} aria-label="Activations">
        <div className={css.head}>
          <h2 className={css.name}>{info.name}</h2>
          <Button look="pill" onClick={() => void closeActivations()}>
            Close activations
          </Button>
        </div>
        <dl className={css.facts}>
          <dt>array</dt>
          <dd>
            <code>{info.array}</code> {info.dtype} [{shapeOf(info)}]
          </dd>
          <dt>hook</dt>
          <dd>{info.hook ? <code>{info.hook}</code> : 'not named'}</dd>
        </dl>
        {info.sequences > 1 && (
          <Stepper count={info.sequences} at={sequence} onChange={(next) => void showSequence(next)} />
        )}
        {notices.length > 0 && (
          <ul className={css.notices}>
            {notices.map((notice) => (
              <li key={notice}>{notice}</li>
            ))}
          </ul>
        )}
        {slow && work && <ProgressBar {...work} onCancel={cancel} />}
      </section>
      {error && <ErrorPanel error={error} />}
    </>
  )
}

/** "2, 37, 2304": sequences, longest, width. */
function shapeOf({ sequences, lengths, width }: { sequences: number; lengths: number[]; width: number }) {
  return [sequences, Math.max(...lengths), width].join(', ')
}

interface StepperProps {
  count: number
  /** From 0; people count from 1. */
  at: number
  onChange(next: number): void
}

function Stepper({ count, at, onChange }: StepperProps) {
  const [typed, setTyped] = useState(String(at + 1))
  useEffect(() => setTyped(String(at + 1)), [at])
  const go = (next: number): void => {
    if (Number.isInteger(next) && next >= 0 && next < count && next !== at) onChange(next)
    else setTyped(String(at + 1))
  }
  return (
    <form
      className={css.stepper}
      onSubmit={(event) => {
        event.preventDefault()
        go(Number(typed) - 1)
      }}
    >
      <Button look="icon" aria-label="Previous sequence" disabled={at === 0} onClick={() => go(at - 1)}>
        ‹
      </Button>
      <label className={css.which}>
        Sequence
        <input
          className={css.number}
          inputMode="numeric"
          value={typed}
          onChange={(event) => setTyped(event.target.value)}
          onBlur={() => go(Number(typed) - 1)}
        />
        of {formatNumber(count)}
      </label>
      <Button look="icon" aria-label="Next sequence" disabled={at === count - 1} onClick={() => go(at + 1)}>
        ›
      </Button>
    </form>
  )
}

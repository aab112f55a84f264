// A small whole number within bounds, typed or stepped.
import { useState } from 'react'
import css from './NumberField.module.css'

interface NumberFieldProps {
  label: string
  value: number
  min: number
  max: number
  onChange(value: number): void
}

export function NumberField({ label, value, min, max, onChange }: NumberFieldProps) {
  // What is being typed need not be a number yet.
  const [typed, setTyped] = useState<string>()
  const take = (text: string): void => {
    setTyped(text)
    const next = Number(text)
    if (text !== '' && Number.isInteger(next) && next >= min && next <= max) onChange(next)
  }
  return (
    <label className={css.field}>
      {label}
      <input
        type="number"
        className={css.input}
        min={min}
        max={max}
        value={typed ?? value}
        onChange={(event) => take(event.target.value)}
        onBlur={() => setTyped(undefined)}
      />
    </label>
  )
}

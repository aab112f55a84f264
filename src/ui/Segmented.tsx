// A row of choices of which one holds: how a list is ordered.
import { ToggleGroup } from 'radix-ui'
import css from './Segmented.module.css'

interface SegmentedProps<T extends string> {
  label: string
  value: T
  choices: readonly { value: T; text: string; title?: string }[]
  onChange(value: T): void
}

export function Segmented<T extends string>({ label, value, choices, onChange }: SegmentedProps<T>) {
  const pick = (next: string): void => {
    const choice = choices.find((candidate) => candidate.value === next)
    // Radix sends "" when the chosen one is pressed again; one always holds.
    if (choice) onChange(choice.value)
  }
  return (
    <ToggleGroup.Root
      type="single"
      className={css.group}
      aria-label={label}
      value={value}
      onValueChange={pick}
    >
      {choices.map((choice) => (
        <ToggleGroup.Item key={choice.value} value={choice.value} title={choice.title} className={css.item}>
          {choice.text}
        </ToggleGroup.Item>
      ))}
    </ToggleGroup.Root>
  )
}

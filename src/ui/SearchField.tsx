// A search box with its glass: Enter and Arrow Down go on to what was found, Esc empties it.
import type { KeyboardEvent } from 'react'
import css from './SearchField.module.css'

interface SearchFieldProps {
  label: string
  placeholder: string
  value: string
  onChange(value: string): void
  /** Goes to what was found. */
  onLeave(): void
}

export function SearchField({ label, placeholder, value, onChange, onLeave }: SearchFieldProps) {
  const onKeyDown = (event: KeyboardEvent): void => {
    if (event.nativeEvent.isComposing) return
    if (event.key === 'Enter' || event.key === 'ArrowDown') onLeave()
    else if (event.key === 'Escape' && value !== '') onChange('')
    else return
    event.preventDefault()
    event.stopPropagation()
  }
  return (
    <search className={css.field}>
      <svg className={css.glass} viewBox="0 0 16 16" aria-hidden="true">
        <circle cx="7" cy="7" r="4.6" />
        <path d="M10.5 10.5L14 14" />
      </svg>
      <input
        type="search"
        className={css.input}
        aria-label={label}
        placeholder={placeholder}
        autoComplete="off"
        spellCheck={false}
        value={value}
        onChange={(event) => onChange(event.target.value)}
        onKeyDown={onKeyDown}
      />
    </search>
  )
}

// A search box with its glass; what some of its keys do is for the one who places it, and what goes with it inside.
import type { ComponentProps, KeyboardEvent, ReactNode } from 'react'
import css from './SearchField.module.css'

type Rest = Omit<ComponentProps<'input'>, 'type' | 'value' | 'onChange' | 'onKeyDown' | 'aria-label'>

interface SearchFieldProps extends Rest {
  label: string
  value: string
  onChange(value: string): void
  /** Does what a key does here; false leaves it to the text field. Not called while a character is composed. */
  onKey(key: string, input: HTMLInputElement): boolean
  /** Lies in the box beside the field. */
  children?: ReactNode
}

export function SearchField({ label, onChange, onKey, className, children, ...rest }: SearchFieldProps) {
  const onKeyDown = (event: KeyboardEvent<HTMLInputElement>): void => {
    if (event.nativeEvent.isComposing || !onKey(event.key, event.currentTarget)) return
    event.preventDefault()
    event.stopPropagation()
  }
  return (
    <search className={[css.field, className].filter(Boolean).join(' ')}>
      <svg className={css.glass} viewBox="0 0 16 16" aria-hidden="true">
        <circle cx="7" cy="7" r="4.6" />
        <path d="M10.5 10.5L14 14" />
      </svg>
      <input
        {...rest}
        type="search"
        className={css.input}
        aria-label={label}
        autoComplete="off"
        spellCheck={false}
        onChange={(event) => onChange(event.target.value)}
        onKeyDown={onKeyDown}
      />
      {children}
    </search>
  )
}

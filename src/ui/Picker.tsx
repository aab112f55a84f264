// A select-only combobox (the ARIA pattern of that name): a few choices in groups, each with a quieter second part.
import { type KeyboardEvent, useEffect, useId, useRef, useState } from 'react'
import css from './Picker.module.css'

/** The list is at least so high in px, even where it reaches beyond the window, and so far from its edge. */
const LEAST = 180
const EDGE = 20

export interface PickerChoice {
  value: string
  text: string
  detail?: string
}

interface PickerProps {
  label: string
  value: string
  groups: readonly { name?: string; choices: readonly PickerChoice[] }[]
  onChange(value: string): void
  /** Which edge of the list lies at the same edge of the button. */
  align?: 'start' | 'end'
}

export function Picker({ label, value, groups, onChange, align = 'start' }: PickerProps) {
  const id = useId()
  const trigger = useRef<HTMLButtonElement>(null)
  const [open, setOpen] = useState(false)
  const [active, setActive] = useState(0)
  const [room, setRoom] = useState(LEAST)
  const typed = useRef({ letters: '', at: 0 })
  const choices = groups.flatMap((group) => group.choices)
  const chosen = choices.findIndex((choice) => choice.value === value)

  useEffect(() => {
    if (open) document.getElementById(`${id}-${active}`)?.scrollIntoView({ block: 'nearest' })
  }, [open, active, id])

  const show = (): void => {
    const below = innerHeight - (trigger.current?.getBoundingClientRect().bottom ?? 0)
    setRoom(Math.max(LEAST, below - EDGE))
    setActive(Math.max(0, chosen))
    setOpen(true)
  }
  const take = (choice: PickerChoice | undefined): void => {
    setOpen(false)
    trigger.current?.focus()
    if (choice && choice.value !== value) onChange(choice.value)
  }
  /** Letters typed in quick succession name a choice. */
  const seek = (letter: string): void => {
    const now = performance.now()
    const letters = (now - typed.current.at < 700 ? typed.current.letters : '') + letter.toLowerCase()
    typed.current = { letters, at: now }
    const found = choices.findIndex((choice) => choice.text.toLowerCase().startsWith(letters))
    if (found >= 0) setActive(found)
  }
  const onKeyDown = (event: KeyboardEvent): void => {
    const { key } = event
    if (event.ctrlKey || event.metaKey || event.altKey || key === 'Tab') return
    const letter = key.length === 1 && key !== ' '
    if (!open) {
      if (key === 'ArrowDown' || key === 'ArrowUp' || key === 'Enter' || key === ' ') show()
      else return
    } else if (key === 'ArrowDown') setActive(Math.min(choices.length - 1, active + 1))
    else if (key === 'ArrowUp') setActive(Math.max(0, active - 1))
    else if (key === 'Home') setActive(0)
    else if (key === 'End') setActive(choices.length - 1)
    else if (key === 'Enter' || key === ' ') take(choices[active])
    else if (key === 'Escape') take(undefined)
    else if (letter) seek(key)
    else return
    event.preventDefault()
    event.stopPropagation()
  }
  return (
    <div className={css.picker}>
      <button
        ref={trigger}
        type="button"
        role="combobox"
        className={css.trigger}
        aria-label={label}
        aria-haspopup="listbox"
        aria-expanded={open}
        aria-controls={`${id}-list`}
        aria-activedescendant={open ? `${id}-${active}` : undefined}
        onClick={() => (open ? setOpen(false) : show())}
        onBlur={() => setOpen(false)}
        onKeyDown={onKeyDown}
      >
        <span className={css.value}>{choices[chosen]?.text ?? label}</span>
        <svg className={css.arrow} viewBox="0 0 10 6" aria-hidden="true">
          <path d="M1 1l4 4 4-4" />
        </svg>
      </button>
      <div
        id={`${id}-list`}
        role="listbox"
        aria-label={label}
        className={css.list}
        data-align={align}
        style={{ maxHeight: `min(70vh, 560px, ${room}px)` }}
        hidden={!open}
      >
        {open &&
          groups.map(({ name, choices: own }) => (
            // biome-ignore lint/a11y/useSemanticElements: a <fieldset> is no group of options.
            <div key={name ?? ''} role="group" aria-label={name ?? label}>
              {name && (
                <p className={css.group} aria-hidden="true">
                  {name}
                </p>
              )}
              {own.map((choice) => {
                const at = choices.indexOf(choice)
                return (
                  // biome-ignore lint/a11y/useKeyWithClickEvents: the combobox above handles the keys.
                  <div
                    key={choice.value}
                    id={`${id}-${at}`}
                    role="option"
                    tabIndex={-1}
                    aria-selected={at === chosen}
                    data-active={at === active || undefined}
                    className={css.item}
                    onPointerDown={(event) => event.preventDefault()}
                    onPointerMove={() => setActive(at)}
                    onClick={() => take(choice)}
                  >
                    {choice.text} {choice.detail && <span className={css.detail}>{choice.detail}</span>}
                  </div>
                )
              })}
            </div>
          ))}
      </div>
    </div>
  )
}

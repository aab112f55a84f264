// Light or dark: follows the system until told otherwise, and again once told the same as the system.
import { useSyncExternalStore } from 'react'
import { isDark, onThemeChange, toggleTheme } from '../../lib/theme.ts'
import { Button } from '../../ui/Button.tsx'
import css from './ThemeToggle.module.css'

export function ThemeToggle() {
  const dark = useSyncExternalStore(onThemeChange, isDark)
  const name = dark ? 'Light theme' : 'Dark theme'
  return (
    <Button look="icon" aria-label={name} title={name} onClick={toggleTheme}>
      <svg className={css.sign} viewBox="0 0 18 18" aria-hidden="true">
        {dark ? (
          <>
            <circle cx="9" cy="9" r="3.3" />
            <path d="M9 1.8v1.6M9 14.6v1.6M1.8 9h1.6M14.6 9h1.6M3.9 3.9l1.1 1.1M13 13l1.1 1.1M3.9 14.1L5 13M13 5l1.1-1.1" />
          </>
        ) : (
          <path d="M14.8 11A6.4 6.4 0 0 1 7 3.2 6.4 6.4 0 1 0 14.8 11z" />
        )}
      </svg>
    </Button>
  )
}

// The theme in force: the system's, unless the person chose the other one, which is remembered.

const KEY = 'featurescope.theme'
const systemDark = (): MediaQueryList => matchMedia('(prefers-color-scheme: dark)')
const listeners = new Set<() => void>()

/** Puts the remembered choice in force; call before the first paint. */
export function startTheme(): void {
  const chosen = remembered()
  if (chosen) document.documentElement.dataset.theme = chosen
}

export function isDark(): boolean {
  const { theme } = document.documentElement.dataset
  return theme ? theme === 'dark' : systemDark().matches
}

/** Switches to the other theme; choosing the system's own means following it again. */
export function toggleTheme(): void {
  const next = isDark() ? 'light' : 'dark'
  const own = next === (systemDark().matches ? 'dark' : 'light')
  if (own) delete document.documentElement.dataset.theme
  else document.documentElement.dataset.theme = next
  try {
    if (own) localStorage.removeItem(KEY)
    else localStorage.setItem(KEY, next)
  } catch {
    // Blocked storage: the choice holds until the page is closed.
  }
  for (const listener of listeners) listener()
}

export function onThemeChange(listener: () => void): () => void {
  const system = systemDark()
  listeners.add(listener)
  system.addEventListener('change', listener)
  return () => {
    listeners.delete(listener)
    system.removeEventListener('change', listener)
  }
}

function remembered(): 'light' | 'dark' | undefined {
  try {
    const chosen = localStorage.getItem(KEY)
    return chosen === 'light' || chosen === 'dark' ? chosen : undefined
  } catch {
    return undefined
  }
}

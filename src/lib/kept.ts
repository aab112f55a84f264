// What the browser remembers between visits, by name. Blocked storage forgets.

export interface Kept {
  read(name: string): string | undefined
  /** `undefined` forgets it. */
  write(name: string, value: string | undefined): void
}

/** localStorage, under this page's own names. */
export const browserKept: Kept = {
  read: (name) => {
    try {
      return localStorage.getItem(`featurescope.${name}`) ?? undefined
    } catch {
      return undefined
    }
  },
  write: (name, value) => {
    try {
      if (value === undefined) localStorage.removeItem(`featurescope.${name}`)
      else localStorage.setItem(`featurescope.${name}`, value)
    } catch {
      // The choice then holds until the page is closed.
    }
  },
}

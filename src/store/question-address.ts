// How a page's question gets into its address while it is being asked.
import { formatRoute, type PlaceRoute } from '../lib/route.ts'
import type { AppState, Services } from './types.ts'

/** Typing replaces the address, a moment after the last key; a choice is a step that "back" undoes. */
type Asking = 'typing' | 'choice'

/** The address follows typing so many milliseconds later: browsers refuse pages that write it too often. */
const TYPING = 300

/** Shows a route at once and writes it into the address, unless somebody has gone on meanwhile. */
export function questionAddress(
  set: (partial: Partial<AppState>) => void,
  get: () => AppState,
  { address }: Pick<Services, 'address'>,
): (route: PlaceRoute, how: Asking) => void {
  let writing: ReturnType<typeof setTimeout> | undefined
  return (route, how) => {
    set({ route })
    clearTimeout(writing)
    const write = (): void => {
      const { route: now, page } = get()
      if (now === route && !page) address.write(formatRoute(route), how === 'typing' ? 'replace' : 'push')
    }
    if (how === 'typing') writing = setTimeout(write, TYPING)
    else write()
  }
}

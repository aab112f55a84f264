// Whether work has lasted long enough to be shown.
import { useEffect, useState } from 'react'

/** Work shorter than this shows nothing, so that quick runs do not flicker. */
const PATIENCE_MS = 140

/** True once `active` has held that long. */
export function usePatience(active: boolean): boolean {
  const [longer, setLonger] = useState(false)
  useEffect(() => {
    if (!active) return
    const timer = setTimeout(() => setLonger(true), PATIENCE_MS)
    return () => {
      clearTimeout(timer)
      setLonger(false)
    }
  }, [active])
  return active && longer
}

// What the listed features promote, asked for where they have no label.
import { useEffect } from 'react'
import { useActions, useApp } from '../../store/hooks.ts'

/** Asks for the tokens of those that stay listed; nothing while `busy`. */
export function usePromoted(features: readonly { index: number }[], busy: boolean): void {
  const labels = useApp((state) => state.labels)
  const { loadPromoted } = useActions()
  useEffect(() => {
    if (busy) return
    const unnamed = features.map(({ index }) => index).filter((index) => !labels.has(index))
    // Hovering passes over many tokens: only the list one stays on is worth asking for.
    const timer = setTimeout(() => void loadPromoted(unnamed), 60)
    return () => clearTimeout(timer)
  }, [features, labels, busy, loadPromoted])
}

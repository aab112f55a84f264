// What the listed features are about, asked for where they have no label.
import { useEffect } from 'react'
import { useActions, useApp } from '../../store/hooks.ts'

/** Asks for the summaries of those that stay listed, or for the tokens they promote; nothing while `busy`. */
export function usePromoted(features: readonly { index: number }[], busy: boolean): void {
  const labels = useApp((state) => state.labels)
  const index = useApp((state) => state.index)
  const { loadWords } = useActions()
  // biome-ignore lint/correctness/useExhaustiveDependencies: an index that is found or built has words of its own.
  useEffect(() => {
    if (busy) return
    const unnamed = features.map(({ index }) => index).filter((index) => !labels.has(index))
    // Hovering passes over many tokens: only the list one stays on is worth asking for.
    const timer = setTimeout(() => void loadWords(unnamed), 60)
    return () => clearTimeout(timer)
  }, [features, labels, busy, index, loadWords])
}

// Asks for the labels of features while they are in sight, and no longer.
import { useEffect, useRef, useState } from 'react'
import { useActions, useApp } from '../../store/hooks.ts'

/** Milliseconds that a feature has to be in sight: what is only scrolled past is not asked for. */
const STAYS = 300

/** Those that leave `indices` are called off, those that stay are asked once; nothing until `name` is known. */
export function useSeeking(indices: readonly number[], name: string | undefined): void {
  const seeking = useApp((state) => state.seeking)
  const stopped = useApp((state) => state.seekError !== undefined)
  const { seekLabel } = useActions()
  const asked = useRef(new Map<number, () => void>())
  const wanted = indices.join()

  // biome-ignore lint/correctness/useExhaustiveDependencies: with another answer to these, all is asked anew.
  useEffect(() => {
    const all = asked.current
    return () => {
      for (const callOff of all.values()) callOff()
      all.clear()
    }
  }, [seeking, stopped, name])

  useEffect(() => {
    if (!seeking || stopped || name === undefined) return
    const timer = setTimeout(() => {
      const all = asked.current
      const inSight = new Set(wanted === '' ? [] : wanted.split(',').map(Number))
      for (const [index, callOff] of all) {
        if (inSight.has(index)) continue
        callOff()
        all.delete(index)
      }
      for (const index of inSight) if (!all.has(index)) all.set(index, seekLabel(index))
    }, STAYS)
    return () => clearTimeout(timer)
  }, [seeking, stopped, name, wanted, seekLabel])
}

/** Those of the rows marked with `data-feature` that the window shows; looked for anew when `rows` is another. */
export function useRowsInSight(rows: unknown): readonly number[] {
  const [inSight, setInSight] = useState<readonly number[]>([])
  // biome-ignore lint/correctness/useExhaustiveDependencies: `rows` says when there are others.
  useEffect(() => {
    const seen = new Set<number>()
    const observer = new IntersectionObserver((entries) => {
      for (const { target, isIntersecting } of entries) {
        const index = Number(target.getAttribute('data-feature'))
        if (isIntersecting) seen.add(index)
        else seen.delete(index)
      }
      setInSight([...seen])
    })
    for (const row of document.querySelectorAll('[data-feature]')) observer.observe(row)
    return () => observer.disconnect()
  }, [rows])
  return inSight
}

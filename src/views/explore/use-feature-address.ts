// Addresses of the shown text's features.
import { useMemo } from 'react'
import { formatRoute } from '../../lib/route.ts'
import type { RunShown } from '../../store/types.ts'

/** Gives a feature's address. The text is packed once; every address differs only in its index. */
export function useFeatureAddress({
  model,
  source,
  text,
}: Pick<RunShown, 'model' | 'source' | 'text'>): (index: number) => string {
  return useMemo(() => {
    const [start, end = ''] = formatRoute({ view: 'feature', model, source, index: 0, text }).split(
      /\/0(?=\?|$)/,
    )
    return (index) => `${start}/${index}${end}`
  }, [model, source, text])
}

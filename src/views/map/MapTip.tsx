// What lies under the pointer: which feature, what is known of it, and how often it fires.
import { useEffect } from 'react'
import { formatShare } from '../../lib/format.ts'
import type { Size } from '../../lib/plane.ts'
import { useActions, useApp } from '../../store/hooks.ts'
import css from './MapTip.module.css'

interface MapTipProps {
  feature: number
  /** NaN where it is not known. */
  density: number | undefined
  /** The pointer, and what the tip has to stay within. */
  at: readonly [number, number]
  size: Size
}

export function MapTip({ feature, density, at: [x, y], size }: MapTipProps) {
  const row = useApp((state) => state.browseRows.get(feature))
  const label = useApp((state) => state.labels.get(feature))
  const { loadBrowseRows } = useActions()
  const known = row !== undefined
  useEffect(() => {
    if (!known) void loadBrowseRows([feature])
  }, [known, feature, loadBrowseRows])
  const onLeft = x > size.width / 2
  const above = y > size.height / 2
  return (
    <div
      className={css.tip}
      style={{
        ...(onLeft ? { right: size.width - x + 14 } : { left: x + 14 }),
        ...(above ? { bottom: size.height - y + 10 } : { top: y + 10 }),
      }}
    >
      <p className={css.first}>
        <b>{feature}</b>
        {density !== undefined && !Number.isNaN(density) && (
          <span>{density > 0 ? `fires on ${formatShare(density)} of tokens` : 'never seen to fire'}</span>
        )}
      </p>
      {label ? <p>{label.description}</p> : row?.summary && <p className={css.computed}>{row.summary}</p>}
    </div>
  )
}

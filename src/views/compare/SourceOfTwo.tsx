// One of two sources: its L0 and FVU, and its strongest features on the text or on the tokens looked at.
import type { Beyond } from '../../lib/feature-columns.ts'
import { plural } from '../../lib/format.ts'
import { useApp } from '../../store/hooks.ts'
import type { RunShown } from '../../store/types.ts'
import { LayerItem } from '../layers/LayerItem.tsx'
import type { Pointed } from '../layers/LayerTokens.tsx'
import type { LayerRow } from '../layers/layer-rows.ts'
import css from './CompareView.module.css'

/** Features listed of each. */
export const TOP = 20

interface SourceOfTwoProps {
  row: LayerRow
  shown: RunShown
  highestL0: number
  mostActive: number
  /** Which features are too dense to be listed, and how many of the whole text's are. */
  beyond: Beyond
  hidden: number
  onPoint(feature: Pointed | undefined): void
}

export function SourceOfTwo({ row, shown, beyond, hidden, onPoint, ...scales }: SourceOfTwoProps) {
  const hovered = useApp((state) => state.hoveredToken)
  const locked = useApp((state) => state.lockedTokens)
  const pointedAt = (target: EventTarget): Pointed | undefined => {
    const link = target instanceof Element ? target.closest<HTMLElement>('[data-feature]') : null
    const { feature, source } = link?.dataset ?? {}
    return feature === undefined || source === undefined ? undefined : { source, index: Number(feature) }
  }
  return (
    <>
      <ul
        // biome-ignore lint/a11y/noRedundantRoles: WebKit drops the role of a list without markers.
        role="list"
        aria-label={`Source ${row.run.source}`}
        className={css.source}
        onPointerOver={(event) => onPoint(pointedAt(event.target))}
        onPointerLeave={() => onPoint(undefined)}
        onFocus={(event) => onPoint(pointedAt(event.target))}
        onBlur={() => onPoint(undefined)}
      >
        <LayerItem
          row={row}
          shown={shown}
          tokens={hovered === undefined ? locked : [hovered]}
          most={TOP}
          beyond={beyond}
          {...scales}
        />
      </ul>
      {hidden > 0 && <p className={css.hidden}>{plural(hidden, 'denser feature')} hidden</p>}
    </>
  )
}

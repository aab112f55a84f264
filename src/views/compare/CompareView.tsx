// Two texts on one source, or one text on two sources: what only one of them has, and what both.
import type { CompareRoute } from '../../lib/route.ts'
import { useActions } from '../../store/hooks.ts'
import { Segmented } from '../../ui/Segmented.tsx'
import { HighestDensity } from '../HighestDensity.tsx'
import { TextTabs } from '../TextTabs.tsx'
import css from './CompareView.module.css'
import { TwoSources } from './TwoSources.tsx'
import { TwoTexts } from './TwoTexts.tsx'

type Kind = 'texts' | 'sources'

const KINDS: readonly { value: Kind; text: string }[] = [
  { value: 'texts', text: 'Two texts' },
  { value: 'sources', text: 'Two sources' },
]

export function CompareView({ route }: { route: CompareRoute }) {
  const { visit } = useActions()
  const kind = route.other === undefined ? 'texts' : 'sources'
  return (
    <>
      <h1 className="visually-hidden">
        {kind === 'texts' ? 'Two texts on one source' : 'One text on two sources'}
      </h1>
      <TextTabs />
      <div className={css.kinds}>
        <Segmented
          label="Compare"
          value={kind}
          choices={KINDS}
          onChange={(next) => void visit({ ...route, other: next === 'texts' ? undefined : '' })}
        />
        {kind === 'sources' && (
          <HighestDensity
            dense={route.dense}
            onChange={(next) => void visit({ ...route, dense: next }, 'replace')}
          />
        )}
      </div>
      {kind === 'texts' ? <TwoTexts route={route} /> : <TwoSources route={route} />}
    </>
  )
}

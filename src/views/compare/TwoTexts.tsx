// Two texts on one source: their tokens side by side, and below them the features that only one of them has, and both.
import { useDeferredValue, useMemo, useState } from 'react'
import { compareFeatures } from '../../lib/compare.ts'
import { featureColumns } from '../../lib/feature-columns.ts'
import { plural } from '../../lib/format.ts'
import { MEASURES, type Measure } from '../../lib/listing.ts'
import type { CompareRoute } from '../../lib/route.ts'
import { useActions, useApp, useAppStore } from '../../store/hooks.ts'
import { Announce } from '../../ui/Announce.tsx'
import { Segmented } from '../../ui/Segmented.tsx'
import { comparedFile, loadSomeWords } from '../result-tables.ts'
import { SaveTable } from '../SaveTable.tsx'
import { TextPlace, useAlone } from '../TextPlace.tsx'
import { ComparedPanel } from './ComparedPanel.tsx'
import css from './CompareView.module.css'
import { SecondText } from './SecondText.tsx'
import { TextOfTwo } from './TextOfTwo.tsx'
import { useComparison } from './use-comparison.ts'

const NAMES: Record<Measure, string> = { max: 'Max', sum: 'Sum', count: 'Count' }
const CHOICES = MEASURES.map((value) => ({ value, text: NAMES[value] }))

export function TwoTexts({ route }: { route: CompareRoute }) {
  const store = useAppStore()
  const shown = useApp((state) => state.shown)
  const bos = useApp((state) => state.bos)
  const busy = useApp((state) => Boolean(state.opening ?? state.running))
  const alone = useAlone()
  const { visit } = useActions()
  const comparison = useComparison(true)
  const [pointed, point] = useState<number>()
  const feature = useDeferredValue(pointed)
  const second = comparison?.status === 'ready' ? comparison.value : undefined
  const secondColumns = useMemo(
    () => second && featureColumns(second.features, bos ? [] : second.windows),
    [second, bos],
  )
  const { measure } = route
  const found = useMemo(
    () => shown && secondColumns && compareFeatures(shown.columns, secondColumns, measure),
    [shown, secondColumns, measure],
  )
  const both = shown &&
    secondColumns && {
      first: { spans: shown.result.spans, columns: shown.columns },
      second: { spans: second?.spans ?? [], columns: secondColumns },
    }
  return (
    <>
      <div className={css.pair}>
        <div className={css.side}>
          <TextPlace>
            {shown && (
              <TextOfTwo
                name="Tokens"
                title="First text"
                own={{ spans: shown.result.spans, columns: shown.columns }}
                beside={both?.second}
                figures={shown.result}
                feature={feature}
                route={route}
                text={shown.text}
              />
            )}
          </TextPlace>
        </div>
        {!alone && (
          <div className={css.side}>
            <SecondText key={route.with} route={route} comparison={comparison} />
            {second && both && (
              <TextOfTwo
                name="Tokens of the second text"
                title="Second text"
                own={both.second}
                beside={both.first}
                figures={second}
                feature={feature}
                route={route}
                text={route.with}
              />
            )}
          </div>
        )}
      </div>
      {found && shown && (
        <>
          <div className={css.order}>
            <Segmented
              label="Compare by"
              value={measure}
              choices={CHOICES}
              onChange={(next) => void visit({ ...route, measure: next }, 'replace')}
            />
            <p className={css.note}>
              The largest differences first, by the {MEANINGS[measure]} in each text, <code>&lt;bos&gt;</code>{' '}
              {bos ? 'counted' : 'left out'}. A feature that is pointed at colours both texts on one scale.
            </p>
            <SaveTable
              name={`${shown.source}-two-texts`}
              file={async (format) => {
                await loadSomeWords(store.getState(), found)
                return comparedFile(format, store.getState(), shown, { found, measure, second: route.with })
              }}
            />
          </div>
          <div className={css.three}>
            {LISTS.map(({ list, title }) => (
              <ComparedPanel
                key={list}
                title={title}
                list={list}
                features={found[list]}
                measure={measure}
                route={route}
                busy={busy}
                onPoint={point}
              />
            ))}
          </div>
          <Announce>
            {`${plural(found.first.length, 'feature')} only in the first text, ${found.second.length} only in the second, ${found.both.length} in both`}
          </Announce>
        </>
      )}
    </>
  )
}

const MEANINGS: Record<Measure, string> = {
  max: 'highest activation',
  sum: 'sum of activations',
  count: 'number of tokens',
}

const LISTS = [
  { list: 'first', title: 'Only in the first text' },
  { list: 'second', title: 'Only in the second text' },
  { list: 'both', title: 'In both' },
] as const

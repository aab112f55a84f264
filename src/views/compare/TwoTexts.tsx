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
import { HighestDensity } from '../HighestDensity.tsx'
import { comparedFile, loadSomeWords } from '../result-tables.ts'
import { SaveTable } from '../SaveTable.tsx'
import { TextPlace, useAlone } from '../TextPlace.tsx'
import { UnknownFigures } from '../UnknownFigures.tsx'
import { ComparedPanel } from './ComparedPanel.tsx'
import css from './CompareView.module.css'
import { SecondText } from './SecondText.tsx'
import { TextOfTwo } from './TextOfTwo.tsx'
import { useComparison } from './use-comparison.ts'
import { DENSITY_USED, type Density, useDensity } from './use-density.ts'

const NAMES: Record<Measure, string> = { max: 'Max', sum: 'Sum', count: 'Count' }
const CHOICES = MEASURES.map((value) => ({ value, text: NAMES[value] }))

export function TwoTexts({ route }: { route: CompareRoute }) {
  const store = useAppStore()
  const shown = useApp((state) => state.shown)
  const bos = useApp((state) => state.bos)
  const busy = useApp((state) => Boolean(state.opening ?? state.running))
  const alone = useAlone()
  const { visit, loadFigures, loadComparedFigures } = useActions()
  const comparison = useComparison(true)
  const [pointed, point] = useState<number>()
  const feature = useDeferredValue(pointed)
  const second = comparison?.status === 'ready' ? comparison.value : undefined
  const secondColumns = useMemo(
    () => second && featureColumns(second.features, bos ? [] : second.windows),
    [second, bos],
  )
  const { measure, dense } = route
  const { beyond, waiting, ...known } = useDensity(dense, second !== undefined)
  const found = useMemo(
    () => shown && secondColumns && compareFeatures(shown.columns, secondColumns, measure, beyond),
    [shown, secondColumns, measure, beyond],
  )
  const active = useMemo(
    () => shown && secondColumns && new Set([...shown.columns.features, ...secondColumns.features]).size,
    [shown, secondColumns],
  )
  const left = found ? found.first.length + found.second.length + found.both.length : 0
  const hidden = active === undefined ? 0 : active - left
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
            <div className={css.dense}>
              <HighestDensity
                dense={dense}
                onChange={(next) => void visit({ ...route, dense: next }, 'replace')}
              />
            </div>
            <SaveTable
              name={`${shown.source}-two-texts`}
              file={async (format) => {
                await loadSomeWords(store.getState(), found)
                return comparedFile(format, store.getState(), shown, {
                  found,
                  measure,
                  dense,
                  second: route.with,
                })
              }}
            />
            <p className={css.note}>
              The largest differences first, by the {MEANINGS[measure]} in each text, <code>&lt;bos&gt;</code>{' '}
              {bos ? 'counted' : 'left out'}
              {hidden > 0 && `, ${plural(hidden, 'denser feature')} hidden`}. A feature that is pointed at
              colours both texts on one scale.
            </p>
          </div>
          {dense !== undefined && (
            <div className={css.unknown}>
              <UnknownFigures
                known={whole(known)}
                used={DENSITY_USED}
                place={shown}
                onAgain={() => void Promise.all([loadFigures(), loadComparedFigures()])}
              />
            </div>
          )}
          <div className={css.three}>
            {LISTS.map(({ list, title }) => (
              <ComparedPanel
                key={list}
                title={title}
                list={list}
                features={found[list]}
                measure={measure}
                route={route}
                busy={busy || waiting}
                onPoint={point}
              />
            ))}
          </div>
          <Announce>
            {`${plural(found.first.length, 'feature')} only in the first text, ${found.second.length} only in the second, ${found.both.length} in both${hidden > 0 ? `, ${hidden} denser ones hidden` : ''}`}
          </Announce>
        </>
      )}
    </>
  )
}

/** What is known of either text's features: they are of one source. */
function whole({ first, second }: Pick<Density, 'first' | 'second'>): Density['first'] {
  const missing = [first, second].find((side) => side === undefined || side === 'loading' || 'error' in side)
  if (missing !== undefined) return missing
  const known = [first, second].flatMap((side) =>
    side && side !== 'loading' && 'value' in side ? [...side.value] : [],
  )
  return { value: new Map(known) }
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

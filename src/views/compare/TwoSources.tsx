// One text on two sources: what each makes of the same tokens, side by side.
import { useDeferredValue, useMemo, useState } from 'react'
import type { LayerRun } from '../../engine/protocol.ts'
import { rankFeatures } from '../../lib/feature-columns.ts'
import { formatNumber, plural } from '../../lib/format.ts'
import { parseHook } from '../../lib/hook.ts'
import { type CompareRoute, exploreRoute, formatRoute } from '../../lib/route.ts'
import { useActions, useApp } from '../../store/hooks.ts'
import type { RunShown } from '../../store/types.ts'
import { Announce } from '../../ui/Announce.tsx'
import { Panel } from '../../ui/Panel.tsx'
import { Picker } from '../../ui/Picker.tsx'
import { Skeleton } from '../../ui/Skeleton.tsx'
import { AskedState } from '../depth/AskedState.tsx'
import { LayerTokens, type Pointed } from '../layers/LayerTokens.tsx'
import { layerRow } from '../layers/layer-rows.ts'
import { useSourcesHere } from '../layers/use-sources-here.ts'
import { layersFile } from '../result-tables.ts'
import { SaveTable } from '../SaveTable.tsx'
import { TextPlace } from '../TextPlace.tsx'
import { UnknownFigures } from '../UnknownFigures.tsx'
import css from './CompareView.module.css'
import { SourceOfTwo, TOP } from './SourceOfTwo.tsx'
import { useComparison } from './use-comparison.ts'
import { DENSITY_USED, useDensity } from './use-density.ts'

export function TwoSources({ route }: { route: CompareRoute }) {
  const shown = useApp((state) => state.shown)
  const labels = useApp((state) => state.labels)
  const locked = useApp((state) => state.lockedTokens)
  const here = useSourcesHere()
  const { visit, runComparison, cancelComparison, loadFigures, loadComparedFigures } = useActions()
  const [pointed, point] = useState<Pointed>()
  const others = here?.filter(({ source }) => source !== route.source)
  const isHere = others?.some(({ source }) => source === route.other) ?? false
  const comparison = useComparison(isHere)
  const second = comparison?.status === 'ready' ? comparison.value : undefined
  const { dense } = route
  const density = useDensity(dense, second !== undefined)
  const { first: beyondFirst, second: beyondSecond } = density.beyond

  const rows = useMemo(() => {
    const own = shown && ownRun(shown)
    const first = own && layerRow({ ...own, labels: [...labels] }, shown.result.windows)
    const other = second?.run && layerRow(second.run, second.windows)
    return [first, other].filter((row) => row !== undefined)
  }, [shown, labels, second])
  const scales = {
    highestL0: Math.max(0, ...rows.map(({ run }) => run.l0)),
    mostActive: rows.reduce((most, { counts }) => counts.reduce((a, b) => Math.max(a, b), most), 1),
  }
  const hidden = useMemo(() => {
    return rows.map(({ columns }, at) => {
      const left = rankFeatures(columns, 'max', undefined, at === 0 ? beyondFirst : beyondSecond)
      return columns.features.length - left.length
    })
  }, [rows, beyondFirst, beyondSecond])
  return (
    <div className={css.columns}>
      <div className={css.side} data-text="true">
        <TextPlace>
          <LayerTokens shown={shown} rows={rows} pointed={useDeferredValue(pointed)} />
        </TextPlace>
      </div>
      <div className={css.side}>
        <div className={css.pair} data-tight="true">
          <Panel title="First source" busy={density.waiting}>
            {dense !== undefined && shown && (
              <UnknownFigures
                known={density.first}
                used={DENSITY_USED}
                place={shown}
                onAgain={() => void loadFigures()}
              />
            )}
            {shown && rows[0] ? (
              <SourceOfTwo
                row={rows[0]}
                shown={shown}
                beyond={beyondFirst}
                hidden={hidden[0]}
                onPoint={point}
                {...scales}
              />
            ) : (
              <Skeleton lines={9} />
            )}
          </Panel>
          <Panel
            title="Second source"
            busy={comparison?.status === 'loading' || density.waiting}
            actions={
              others && (
                <Picker
                  label="Compare with"
                  align="end"
                  value={route.other ?? ''}
                  groups={[{ choices: others.map(({ source }) => ({ value: source, text: source })) }]}
                  onChange={(other) => void visit({ ...route, other })}
                />
              )
            }
          >
            {route.other === '' && <p className={css.note}>Choose the source to compare with above.</p>}
            {!here && <Skeleton lines={9} />}
            {here && route.other !== '' && !isHere && <Absent route={route} />}
            {comparison && comparison.status !== 'ready' && (
              <div className={css.asked}>
                <AskedState
                  state={comparison}
                  needs="The layers up to this source"
                  onAsk={(agreed) => void runComparison(agreed)}
                  onCancel={cancelComparison}
                />
              </div>
            )}
            {dense !== undefined && shown && second?.run && (
              <UnknownFigures
                known={density.second}
                used={DENSITY_USED}
                place={{ ...shown, source: second.run.source }}
                onAgain={() => void loadComparedFigures()}
              />
            )}
            {shown && rows[1] && (
              <SourceOfTwo
                row={rows[1]}
                shown={shown}
                beyond={beyondSecond}
                hidden={hidden[1]}
                onPoint={point}
                {...scales}
              />
            )}
          </Panel>
        </div>
        {shown && second && rows.length > 1 && (
          <p>
            <SaveTable
              name={`${shown.source}-${route.other}`}
              file={async (format) =>
                layersFile(format, shown, {
                  ...{ rows, spans: shown.result.spans, tokens: locked, most: TOP },
                  dense: { highest: dense, beyond: [beyondFirst, beyondSecond] },
                })
              }
            />
          </p>
        )}
        <p className={css.note}>
          A feature’s number means nothing in another source, and the cosine of decoder rows says nothing
          across them: they write at other places of the model, or were trained apart. What can be compared is
          where on this text each is active, and how much of the text’s variance each source leaves
          unexplained.
        </p>
      </div>
      <Announce>
        {second
          ? [`${route.other} has run beside ${route.source}`, hiddenWords(hidden)].filter(Boolean).join(', ')
          : ''}
      </Announce>
    </div>
  )
}

/** The shown run as one of several; undefined where its place in the model is not known. */
function ownRun({ source, result }: RunShown): Omit<LayerRun, 'labels'> | undefined {
  const { hookIn, hookOut, features, l0, fvu } = result
  if (!hookIn || !hookOut) return undefined
  return { source, layer: parseHook(hookIn)?.layer ?? 0, hookIn, hookOut, features, l0, fvu }
}

/** How many features each side leaves out; nothing where none is. */
function hiddenWords(hidden: readonly number[]): string {
  const [first = 0, second = 0] = hidden
  if (first + second === 0) return ''
  if (hidden.length < 2) return `${plural(first, 'denser feature')} hidden`
  return `${formatNumber(first)} and ${formatNumber(second)} denser features hidden`
}

function Absent({ route }: { route: CompareRoute }) {
  const { model, source, other = '', text } = route
  return (
    <p className={css.note}>
      {other === source ? (
        'This is the first source itself: choose another above.'
      ) : (
        <>
          <a href={formatRoute(exploreRoute(model, other, text))}>{other}</a> is not on this machine. It says
          what it takes when it is opened.
        </>
      )}
    </p>
  )
}

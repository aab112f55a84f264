// The chosen sources one below the other, by layer: how many features, how good, which are strongest and where.
import { formatRoute } from '../../lib/route.ts'
import { tokenName } from '../../lib/token-text.ts'
import { useActions, useApp } from '../../store/hooks.ts'
import type { RunShown } from '../../store/types.ts'
import { Button } from '../../ui/Button.tsx'
import { ErrorPanel } from '../../ui/ErrorPanel.tsx'
import { Panel } from '../../ui/Panel.tsx'
import { Skeleton } from '../../ui/Skeleton.tsx'
import { AskedState } from '../depth/AskedState.tsx'
import { layersFile } from '../result-tables.ts'
import { SaveTable } from '../SaveTable.tsx'
import { LayerItem } from './LayerItem.tsx'
import css from './LayersView.module.css'
import type { Pointed, Row } from './LayerTokens.tsx'
import type { LayerChoice } from './use-layers.ts'

interface LayersPanelProps {
  shown: RunShown | undefined
  rows: readonly Row[]
  choice: LayerChoice
  onPoint(feature: Pointed | undefined): void
}

export function LayersPanel({ shown, rows, choice: { here, chosen, asked }, onPoint }: LayersPanelProps) {
  const busy = useApp((state) => Boolean(state.opening ?? state.running))
  const libraryError = useApp((state) => state.libraryError)
  const locked = useApp((state) => state.lockedTokens)
  const good = rows.flatMap((row) => ('error' in row ? [] : [row]))
  const { runLayers, cancelLayers, loadLibrary } = useActions()
  const waiting = busy || (shown !== undefined && !here && !libraryError)
  return (
    <Panel
      title="Across layers"
      busy={waiting || asked?.status === 'loading'}
      actions={
        shown &&
        good.length > 0 && (
          <SaveTable
            name={`${shown.model}-layers`}
            file={async (format) =>
              layersFile(format, shown, { rows: good, spans: shown.result.spans, tokens: locked })
            }
          />
        )
      }
    >
      <div className={css.body}>
        {waiting && rows.length === 0 && <Skeleton lines={9} />}
        {!shown && !busy && <p className={css.note}>The layers of a text appear here once it has run.</p>}
        {shown && shown.origin !== 'text' && (
          <p className={css.note}>Given activations are of one hook: run a text to see it across layers.</p>
        )}
        {libraryError && (
          <ErrorPanel error={libraryError}>
            <Button onClick={() => void loadLibrary()}>Try again</Button>
          </ErrorPanel>
        )}
        {here?.length === 0 && shown?.origin === 'text' && (
          <p className={css.note}>
            No source of this model is stored on this machine. Open some on the{' '}
            <a href={formatRoute({ view: 'sources' })}>Sources page</a>; they are then found here.
          </p>
        )}
        {here && here.length > 0 && chosen.length === 0 && <p className={css.note}>No source is chosen.</p>}
        {asked && asked.status !== 'ready' && (
          <AskedState
            state={asked}
            needs="The layers of the deepest of these sources"
            onAsk={(agreed) => void runLayers(agreed)}
            onCancel={cancelLayers}
          />
        )}
        {shown && rows.length > 0 && <Rows shown={shown} rows={rows} onPoint={onPoint} />}
      </div>
    </Panel>
  )
}

interface RowsProps {
  shown: RunShown
  rows: readonly Row[]
  onPoint(feature: Pointed | undefined): void
}

function Rows({ shown, rows, onPoint }: RowsProps) {
  const hovered = useApp((state) => state.hoveredToken)
  const locked = useApp((state) => state.lockedTokens)
  const { spans } = shown.result
  const tokens = hovered === undefined ? locked : [hovered]
  const one =
    tokens.length === 1 ? spans.find(({ first, count }) => isIn(tokens[0], first, count)) : undefined
  const good = rows.flatMap((row) => ('error' in row ? [] : [row]))
  const highestL0 = Math.max(0, ...good.map(({ run }) => run.l0))
  const mostActive = good.reduce((most, { counts }) => counts.reduce((a, b) => Math.max(a, b), most), 1)

  const pointedAt = (target: EventTarget): Pointed | undefined => {
    const link = target instanceof Element ? target.closest<HTMLElement>('[data-feature]') : null
    const { feature, source } = link?.dataset ?? {}
    return feature === undefined || source === undefined ? undefined : { source, index: Number(feature) }
  }
  return (
    <>
      <p className={css.note}>
        {one ? (
          `The strongest features on ${tokenName(one.text)}; `
        ) : (
          <>
            The strongest features and the tokens they are highest on, <code>&lt;bos&gt;</code> left out;{' '}
          </>
        )}
        L0, FVU and the strip of active features are of the whole text.
      </p>
      <ol
        // biome-ignore lint/a11y/noRedundantRoles: WebKit drops the role of a list without markers.
        role="list"
        className={css.layers}
        aria-label="Layers"
        onPointerOver={(event) => onPoint(pointedAt(event.target))}
        onPointerLeave={() => onPoint(undefined)}
        onFocus={(event) => onPoint(pointedAt(event.target))}
        onBlur={() => onPoint(undefined)}
      >
        {rows.map((row) =>
          'error' in row ? (
            <li key={row.source} className={css.failed}>
              <b>{row.source}</b>: {row.error.title} {row.error.detail} {row.error.remedy}
            </li>
          ) : (
            <LayerItem
              key={row.run.source}
              row={row}
              shown={shown}
              tokens={tokens}
              {...{ highestL0, mostActive }}
            />
          ),
        )}
      </ol>
    </>
  )
}

function isIn(position: number, first: number, count: number): boolean {
  return position >= first && position < first + count
}

// One text across layers and sites: what every source on this machine makes of it, in one pass of the model.
import { useId } from 'react'
import type { LayerRun, LayersResult } from '../../engine/protocol.ts'
import { formatNumber } from '../../lib/format.ts'
import { parseHook } from '../../lib/hook.ts'
import { exploreRoute, formatRoute } from '../../lib/route.ts'
import { tokenName } from '../../lib/token-text.ts'
import { useActions, useApp } from '../../store/hooks.ts'
import type { RunShown } from '../../store/types.ts'
import { Button } from '../../ui/Button.tsx'
import { Panel } from '../../ui/Panel.tsx'
import { AskedState } from './AskedState.tsx'
import css from './Depth.module.css'
import { strongest } from './strongest.ts'

const SITES = {
  hook_resid_post: 'residual',
  'attn.hook_z': 'attention',
  hook_mlp_out: 'MLP',
  'ln2.hook_normalized': 'transcoder',
} as const

export function LayersPanel({ shown }: { shown: RunShown }) {
  const layers = useApp((state) => state.layers)
  const { runLayers, cancelLayers } = useActions()
  if (shown.origin !== 'text') return null
  const own = layers && layers.of.text === shown.text && layers.of.model === shown.model ? layers : undefined
  return (
    <Panel
      title="Across layers"
      busy={own?.status === 'loading'}
      actions={
        own?.status === 'loading' ? undefined : (
          <Button onClick={() => void runLayers()}>{own ? 'Run again' : 'Run every source here'}</Button>
        )
      }
    >
      <div className={css.body}>
        {!own && (
          <p className={css.note}>
            Every source of this model that is on this machine, on this text, in one pass of the model.
          </p>
        )}
        {own && own.status !== 'ready' && (
          <AskedState
            state={own}
            needs="The layers of the deepest of these sources"
            onAsk={(agreed) => void runLayers(agreed)}
            onCancel={cancelLayers}
          />
        )}
        {own?.status === 'ready' && <LayersTable result={own.value} shown={shown} />}
      </div>
    </Panel>
  )
}

function LayersTable({ result, shown }: { result: LayersResult; shown: RunShown }) {
  const lockedTokens = useApp((state) => state.lockedTokens)
  const hovered = useApp((state) => state.hoveredToken)
  const token = hovered ?? (lockedTokens.length === 1 ? lockedTokens[0] : undefined)
  const id = useId()
  const span = result.spans.find(
    ({ first, count }) => token !== undefined && token >= first && token < first + count,
  )
  if (result.layers.length === 0) {
    return (
      <p className={css.note}>
        No source of this model is stored on this machine. Open some on the{' '}
        <a href={formatRoute({ view: 'sources' })}>Sources page</a>; they are then found here.
      </p>
    )
  }
  return (
    <>
      <p id={id} className={css.note}>
        {span
          ? `The strongest feature on ${tokenName(span.text)}; L0 and FVU of the whole text.`
          : 'The strongest feature of the text, <bos> left out. Point at a token to see its own.'}
      </p>
      <div className={css.scroll}>
        <table className={css.table} aria-describedby={id}>
          <thead>
            <tr>
              <th scope="col">Layer</th>
              <th scope="col">Source</th>
              <th scope="col" className={css.number}>
                L0
              </th>
              <th scope="col" className={css.number}>
                FVU
              </th>
              <th scope="col">Top feature</th>
            </tr>
          </thead>
          <tbody>
            {result.layers.map((layer) =>
              'error' in layer ? (
                <tr key={layer.source}>
                  <td />
                  <td>{layer.source}</td>
                  <td colSpan={3}>
                    {layer.error.title} {layer.error.detail} {layer.error.remedy}
                  </td>
                </tr>
              ) : (
                <LayerRow
                  key={layer.source}
                  layer={layer}
                  shown={shown}
                  result={result}
                  rows={span && Array.from({ length: span.count }, (_, i) => span.first + i)}
                />
              ),
            )}
          </tbody>
        </table>
      </div>
    </>
  )
}

interface LayerRowProps {
  layer: LayerRun
  shown: RunShown
  result: LayersResult
  /** Tokens looked at; all but each window's first when undefined. */
  rows: number[] | undefined
}

function LayerRow({ layer, shown, result, rows }: LayerRowProps) {
  const all = rows ?? result.tokens.map((_, row) => row).filter((row) => !result.windows.includes(row))
  const top = strongest(layer.features, all)
  const at = top && result.spans.find(({ first, count }) => top.row >= first && top.row < first + count)
  const here = { model: shown.model, source: layer.source, text: shown.text }
  return (
    <tr>
      <td>{layer.layer}</td>
      <td>
        <a href={formatRoute(exploreRoute(here.model, here.source, here.text))}>{layer.source}</a>{' '}
        <span className={css.note}>{SITES[parseHook(layer.hookIn)?.site ?? 'hook_resid_post']}</span>
      </td>
      <td className={css.number}>{formatNumber(layer.l0, 1)}</td>
      <td className={css.number}>{formatNumber(layer.fvu, 3)}</td>
      <td>
        {top ? (
          <>
            <a href={formatRoute({ view: 'feature', ...here, index: top.index })}>{top.index}</a>{' '}
            <span className={css.note}>
              {formatNumber(top.value, 2)}
              {at && !rows && <> on {tokenName(at.text)}</>}
            </span>
          </>
        ) : (
          <span className={css.note}>none</span>
        )}
      </td>
    </tr>
  )
}

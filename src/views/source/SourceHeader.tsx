// Which source this is, where its file lies, and the ways to it elsewhere.
import type { SaeInfo } from '../../engine/protocol.ts'
import { browseRoute, exploreRoute, formatRoute, mapRoute } from '../../lib/route.ts'
import { useApp } from '../../store/hooks.ts'
import css from './SourceHeader.module.css'
import { useOrigin } from './use-origin.ts'

export function SourceHeader({ sae }: { sae: SaeInfo }) {
  const route = useApp((state) => state.route)
  const modelId = useApp((state) => state.model?.id)
  const text = useApp((state) => state.shown?.text)
  const endpoint = useApp((state) => state.hub.endpoint)
  const { entry, stored } = useOrigin(sae)
  const model = route?.model ?? sae.model ?? modelId ?? ''
  const revision = stored?.revision
  const onHub = entry && entry.release !== 'bundled'
  return (
    <header className={css.head}>
      <p className={css.links}>
        <a href={formatRoute(exploreRoute(model, sae.source, route?.text ?? text))}>
          ← Features of a text in this source
        </a>
        <a href={formatRoute(browseRoute(model, sae.source, route?.text ?? text))}>All its features</a>
        <a href={formatRoute(mapRoute(model, sae.source, route?.text ?? text))}>Map of its features</a>
        {onHub && (
          <a href={hubFolder(endpoint, sae, revision)} rel="noreferrer" target="_blank">
            Folder on the hub ↗
          </a>
        )}
        {entry?.neuronpedia && (
          <a href={`https://www.neuronpedia.org/${entry.neuronpedia}`} rel="noreferrer" target="_blank">
            Open on Neuronpedia ↗
          </a>
        )}
      </p>
      <h1 className={css.title}>
        {sae.model && (
          <>
            <span className={css.model}>{sae.model}</span>{' '}
            <span className={css.arrow} aria-hidden="true">
              ›
            </span>{' '}
          </>
        )}
        {sae.source}
      </h1>
      <p className={css.place}>
        <code>{sae.repo}</code> · <code>{sae.path}</code>
        {revision && (
          <>
            {' '}
            · revision <code title={revision}>{revision.slice(0, 12)}</code>
          </>
        )}
      </p>
    </header>
  )
}

/** The folder of the source's file at the revision it was fetched at. */
function hubFolder(endpoint: string, { repo, path }: SaeInfo, revision = 'main'): string {
  return `${endpoint}/${repo}/tree/${revision}/${path.replace(/\/?[^/]*$/, '')}`
}

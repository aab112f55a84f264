// A few sources of real models to begin with; what their models take is planned on their page, before any download.
import type { CatalogueEntry } from '../../engine/protocol.ts'
import { formatBytes } from '../../lib/format.ts'
import { exploreRoute, formatRoute } from '../../lib/route.ts'
import { layerBytes, READY } from '../../lib/runnable-models.ts'
import { Panel } from '../../ui/Panel.tsx'
import { Skeleton } from '../../ui/Skeleton.tsx'
import css from './ReadyChoices.module.css'

/** `library` is undefined until it is here; the choices have their room before. */
export function ReadyChoices({ library }: { library: readonly CatalogueEntry[] | undefined }) {
  if (!library) {
    return (
      <Panel title="Ready choices" className={css.ready} busy>
        <Skeleton lines={4} />
      </Panel>
    )
  }
  const choices = READY.flatMap(({ model, layer, name }) => {
    const of = library.filter(
      (entry) =>
        entry.model === model && entry.layer === layer && entry.site === 'res' && entry.width === 16_384,
    )
    const entry = of.find(({ canonical }) => canonical) ?? of[0]
    const sizes = layerBytes(model, layer)
    return entry && sizes ? [{ name, entry, sizes }] : []
  })
  if (choices.length === 0) return null
  return (
    <Panel title="Ready choices" className={css.ready}>
      <ul className={css.list}>
        {choices.map(({ name, entry, sizes }) => (
          <li key={entry.source + entry.model}>
            <a href={formatRoute(exploreRoute(entry.model, entry.source))}>
              <b>{name}</b> · layer {entry.layer}
            </a>
            <span className={css.note}>
              16k features, {formatBytes(entry.bytes)}; the model’s layers up to there,{' '}
              {formatBytes(sizes.download)} to fetch once
            </span>
            <span className={css.note}>
              kept as <span className={css.size}>4 bits {formatBytes(sizes.kept('q4'))}</span>,{' '}
              <span className={css.size}>8 bits {formatBytes(sizes.kept('q8'))}</span> or{' '}
              <span className={css.size}>16 bits {formatBytes(sizes.kept('f16'))}</span>
            </span>
          </li>
        ))}
      </ul>
    </Panel>
  )
}

// Which sources the layer view shows: those on this machine, by site. The choice is part of the address.
import type { CatalogueEntry } from '../../engine/protocol.ts'
import { formatNumber, formatWidth, plural } from '../../lib/format.ts'
import { exploreRoute, formatRoute, type LayersRoute } from '../../lib/route.ts'
import { useActions } from '../../store/hooks.ts'
import { SITE_NAMES } from '../../store/site-names.ts'
import { Button } from '../../ui/Button.tsx'
import { Panel } from '../../ui/Panel.tsx'
import { Skeleton } from '../../ui/Skeleton.tsx'
import css from './SourceChoice.module.css'
import type { LayerChoice } from './use-layers.ts'

export function SourceChoice({ route, choice }: { route: LayersRoute; choice: LayerChoice }) {
  const { here, chosen, absent } = choice
  const { visit } = useActions()
  const choose = (layers: string[] | undefined): void => void visit({ ...route, layers }, 'replace')

  const toggle = (source: string): void => {
    const names = new Set(chosen.map((entry) => entry.source))
    if (!names.delete(source)) names.add(source)
    const all = absent.length === 0 && here?.length === names.size
    choose(
      all
        ? undefined
        : [...(here ?? []).map((entry) => entry.source).filter((one) => names.has(one)), ...absent],
    )
  }
  const sites = Object.entries(SITE_NAMES).flatMap(([site, { long }]) => {
    const own = here?.filter((entry) => entry.site === site) ?? []
    return own.length > 0 ? [{ site, long, own }] : []
  })
  return (
    <Panel
      title="Sources"
      busy={!here}
      actions={
        here && (
          <span className={css.actions}>
            <span className={css.count}>
              {chosen.length} of {here.length}
            </span>
            <Button look="pill" onClick={() => choose(undefined)}>
              All
            </Button>
            <Button look="pill" onClick={() => choose([])}>
              None
            </Button>
          </span>
        )
      }
    >
      <div className={css.body}>
        {!here && <Skeleton lines={3} />}
        {sites.map(({ site, long, own }) => (
          <fieldset key={site} className={css.site}>
            <legend className={css.legend}>{long}</legend>
            {own.map((entry) => (
              <label key={entry.source} className={css.source} title={entry.source}>
                <input
                  type="checkbox"
                  checked={chosen.includes(entry)}
                  onChange={() => toggle(entry.source)}
                />
                <span>
                  {nameOf(entry)}
                  {isDoubtful(entry, own) && ` · L0 ${formatNumber(entry.l0)}`}
                </span>
              </label>
            ))}
          </fieldset>
        ))}
        {absent.length > 0 && (
          <p className={css.absent}>
            {plural(absent.length, 'source')} of this link {absent.length === 1 ? 'is' : 'are'} not on this
            machine:{' '}
            {absent.map((name, at) => (
              <span key={name}>
                {at > 0 && ', '}
                <a href={formatRoute(exploreRoute(route.model, name, route.text))}>{name}</a>
              </span>
            ))}
            . Each says what it takes when it is opened.
          </p>
        )}
      </div>
    </Panel>
  )
}

function nameOf({ layer, width }: CatalogueEntry): string {
  return [layer === undefined ? 'embedding' : `Layer ${layer}`, formatWidth(width)].join(' · ')
}

/** Whether another of the same site would read the same. */
function isDoubtful(entry: CatalogueEntry, own: readonly CatalogueEntry[]): boolean {
  return own.some((other) => other !== entry && nameOf(other) === nameOf(entry))
}

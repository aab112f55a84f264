// All features of one source: searched, filtered and sorted over the whole width, and the way into each.
import { useEffect, useRef } from 'react'
import type { BrowseQuery } from '../../lib/browse-query.ts'
import { formatCount, formatNumber, plural } from '../../lib/format.ts'
import { type BrowseRoute, exploreRoute, formatRoute, mapRoute } from '../../lib/route.ts'
import type { BrowseFound } from '../../store/browse-slice.ts'
import { useActions, useApp } from '../../store/hooks.ts'
import { Button } from '../../ui/Button.tsx'
import { ErrorPanel } from '../../ui/ErrorPanel.tsx'
import { PageHead } from '../../ui/PageHead.tsx'
import { Skeleton } from '../../ui/Skeleton.tsx'
import { SaveTable } from '../SaveTable.tsx'
import { BrowseFilters } from './BrowseFilters.tsx'
import { BrowseTable } from './BrowseTable.tsx'
import css from './BrowseView.module.css'
import { NoIndex } from './NoIndex.tsx'

/** Keeps a line’s room. */
const NO_BREAK_SPACE = '\u00a0'

export function BrowseView({ route }: { route: BrowseRoute }) {
  const { model, source, query } = route
  const sae = useApp((state) => (state.sae?.source === source ? state.sae : undefined))
  const found = useApp((state) => state.browse)
  // Of sources without an index, some publish how often features fire.
  const counted = useApp(
    ({ browse, browseRows }) =>
      browse?.index !== undefined || browseRows.values().next().value?.density !== undefined,
  )
  const busy = useApp((state) => state.browseBusy)
  const error = useApp((state) => state.browseError)
  const index = useApp((state) => state.index)
  const shownText = useApp((state) => state.shown?.text)
  const { loadBrowse, browseFile, randomFeature } = useActions()
  const focusFirst = useRef<() => void>(undefined)

  // Asked again, too, when an index was built or what was found has been emptied.
  // biome-ignore lint/correctness/useExhaustiveDependencies: the question and whom it is asked are what changes.
  useEffect(() => void loadBrowse(), [sae, query, index, found === undefined, loadBrowse])

  const text = route.text ?? shownText
  return (
    <>
      <PageHead title={source} lead={sae ? leadOf(sae.dSae, found) : NO_BREAK_SPACE}>
        <span className={css.ways}>
          <a href={formatRoute(exploreRoute(model, source, text))}>Features of a text</a>
          <a
            href={formatRoute(
              mapRoute(model, source, text, { colour: query.text ? 'search' : 'density', text: query.text }),
            )}
          >
            Map
          </a>
          <a href={formatRoute({ view: 'list', model, source, name: 'List', features: [], text })}>
            My lists
          </a>
          <a href={formatRoute({ view: 'source', model, source, text })}>About this source</a>
          {found && <SaveTable name={`${source}-features`} file={browseFile} />}
          <Button
            look="pill"
            onClick={randomFeature}
            title="Any feature of this source (r)"
            aria-keyshortcuts="r"
          >
            Random
          </Button>
        </span>
      </PageHead>
      {sae && index.status === 'known' && !index.info && <NoIndex />}
      <section className={css.panel} aria-label="All features" aria-busy={busy}>
        {sae && (
          <BrowseFilters
            query={query}
            found={found}
            counted={counted}
            width={sae.dSae}
            focusFirst={focusFirst}
          />
        )}
        {error ? (
          <div className={css.note}>
            <ErrorPanel error={error}>
              <Button onClick={() => void loadBrowse()}>Try again</Button>
            </ErrorPanel>
          </div>
        ) : !found || !sae ? (
          <Skeleton lines={14} />
        ) : found.features.length > 0 ? (
          <BrowseTable route={route} found={found} counted={counted} focusFirst={focusFirst} />
        ) : (
          <p className={css.note}>{emptyWords(found.query)}</p>
        )}
      </section>
    </>
  )
}

/** "4,096 features · 12 never fire · index of 1.2M tokens" */
function leadOf(width: number, found: BrowseFound | undefined): string {
  const parts = [plural(width, 'feature')]
  if (found?.dead !== undefined)
    parts.push(`${formatNumber(found.dead)} never ${found.dead === 1 ? 'fires' : 'fire'}`)
  if (found?.index) parts.push(`index of ${formatCount(found.index.manifest.countedTokens)} tokens`)
  return parts.join(' · ')
}

/** What the question asks for that could be asked for less. */
function emptyWords({ text, density, dead, labelled }: BrowseQuery): string {
  const ways = [
    text.trim() !== '' && 'take a word away or shorten one',
    density && 'widen the density',
    dead !== 'shown' && 'show dead and living features',
    labelled && 'do without labels',
  ].filter((way) => way !== false && way !== undefined)
  return `No feature is like that. To find more: ${ways.join(', or ')}.`
}

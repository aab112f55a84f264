// Every source there is: search, narrow, see whether it fits, open it; and the ways to open anything else.
import { useDeferredValue, useEffect, useMemo, useRef } from 'react'
import type { CatalogueEntry } from '../../engine/protocol.ts'
import { formatNumber } from '../../lib/format.ts'
import { exploreRoute, formatRoute } from '../../lib/route.ts'
import { useActions, useApp } from '../../store/hooks.ts'
import { narrowSources, narrows, storedByName } from '../../store/source-filter.ts'
import { sortSources } from '../../store/source-sort.ts'
import { Button } from '../../ui/Button.tsx'
import { ErrorPanel } from '../../ui/ErrorPanel.tsx'
import { PageHead } from '../../ui/PageHead.tsx'
import { Panel } from '../../ui/Panel.tsx'
import { SearchField } from '../../ui/SearchField.tsx'
import { Skeleton } from '../../ui/Skeleton.tsx'
import { HubPanel } from './HubPanel.tsx'
import { Narrowing } from './Narrowing.tsx'
import { OpenPanel } from './OpenPanel.tsx'
import { ReadyChoices } from './ReadyChoices.tsx'
import { SortBox } from './SortBox.tsx'
import css from './SourcesView.module.css'
import { SourceTable } from './SourceTable.tsx'

export function SourcesView() {
  const library = useApp((state) => state.library)
  const error = useApp((state) => state.libraryError)
  const { loadLibrary, refreshStorage } = useActions()
  const opening = useApp((state) => state.opening !== undefined)

  useEffect(() => void loadLibrary(), [loadLibrary])
  // What is stored has changed when something was opened, or stopped on the way.
  useEffect(() => {
    if (!opening) void refreshStorage()
  }, [opening, refreshStorage])

  return (
    <>
      <PageHead title="Sources" lead={library ? summary(library) : '\u00a0'}>
        <a href={formatRoute({ view: 'storage' })}>Storage</a>{' '}
        <a href={formatRoute({ view: 'verify' })}>Check against published values</a>
      </PageHead>
      {!error && <ReadyChoices library={library} />}
      <div className={css.columns}>
        {library ? (
          <AllSources library={library} />
        ) : (
          <Panel title="All sources" busy={!error}>
            {error ? (
              <div className={css.failed}>
                <ErrorPanel error={error}>
                  <Button onClick={() => void loadLibrary()}>Try again</Button>
                </ErrorPanel>
              </div>
            ) : (
              <Skeleton lines={12} />
            )}
          </Panel>
        )}
        <div className={css.side}>
          <OpenPanel />
          <HubPanel />
        </div>
      </div>
    </>
  )
}

function AllSources({ library }: { library: readonly CatalogueEntry[] }) {
  const filter = useApp((state) => state.sourceFilter)
  const sort = useApp((state) => state.sourceSort)
  const storage = useApp((state) => state.storage)
  const draft = useApp((state) => state.draft)
  const { setSourceFilter, clearSourceFilter, openEntry, visit } = useActions()
  const focusFirst = useRef<() => void>(undefined)

  const stored = useMemo(() => storedByName(storage), [storage])
  // Typing stays quick: the list follows as fast as it can.
  const asked = useDeferredValue(filter)
  const narrowed = useMemo(() => narrowSources(library, asked, stored), [library, asked, stored])
  const entries = useMemo(() => sortSources(narrowed.entries, sort), [narrowed, sort])

  const open = async (entry: CatalogueEntry): Promise<void> => {
    const route = exploreRoute(entry.model, entry.source, draft || undefined)
    // The progress stands at the top of the page.
    scrollTo({ top: 0 })
    // The button has named the size: no need to ask again.
    if (entry.release === 'bundled' || (await openEntry(entry))) await visit(route)
  }
  const onKey = (key: string): boolean => {
    if (key === 'Enter' || key === 'ArrowDown') focusFirst.current?.()
    else if (key === 'Escape' && filter.query !== '') setSourceFilter({ query: '' })
    else return false
    return true
  }
  const count = entries.length
  return (
    <Panel
      title="All sources"
      className={css.all}
      actions={
        <div>
          {narrows(filter) && (
            <Button look="pill" className={css.clear} onClick={clearSourceFilter}>
              Clear
            </Button>
          )}
          <span role="status" className={css.count}>
            {formatNumber(count)} of {formatNumber(library.length)}
          </span>
        </div>
      }
    >
      <div className={css.search}>
        <SearchField
          className={css.find}
          label="Find source"
          placeholder="2b 20 res 16k, layer 9 mlp, l0 70, an id or an address"
          value={filter.query}
          onChange={(query) => setSourceFilter({ query })}
          onKey={onKey}
        />
        <SortBox />
        {narrowed.understood.length > 0 && (
          <p className={css.understood}>{narrowed.understood.join(' · ')}</p>
        )}
      </div>
      <Narrowing facets={narrowed.facets} />
      {count > 0 ? (
        <SourceTable
          entries={entries}
          stored={stored}
          focusFirst={focusFirst}
          onOpen={(entry) => void open(entry)}
        />
      ) : (
        <p className={css.empty}>
          No source is like that. Take a word or a choice away, or open something else by its reference.
        </p>
      )}
    </Panel>
  )
}

function summary(library: readonly CatalogueEntry[]): string {
  const count = (release: CatalogueEntry['release']): string =>
    formatNumber(library.filter((entry) => entry.release === release).length)
  return `${count('bundled')} bundled, ${count('gemma-scope')} of Gemma Scope, ${count('gemma-scope-2')} of Gemma Scope 2`
}

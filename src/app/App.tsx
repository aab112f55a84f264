// Which page is shown, and the errors that stand above any page.
import { Suspense, useEffect, useState } from 'react'
import { formatRoute, type LibraryPage, type PlaceRoute } from '../lib/route.ts'
import { useActions, useApp } from '../store/hooks.ts'
import { Lost } from '../store/lost.ts'
import { Announce } from '../ui/Announce.tsx'
import { Button } from '../ui/Button.tsx'
import { ErrorPanel } from '../ui/ErrorPanel.tsx'
import { ProgressBar } from '../ui/ProgressBar.tsx'
import { Skeleton } from '../ui/Skeleton.tsx'
import { ExploreView } from '../views/explore/ExploreView.tsx'
import { OfferPanel } from '../views/offer/OfferPanel.tsx'
import { StorageNotice } from '../views/storage/StorageNotice.tsx'
import { TopBar } from '../views/topbar/TopBar.tsx'
import css from './App.module.css'
import { DropTarget } from './DropTarget.tsx'
import { lazyPage } from './lazy-page.tsx'
import { VersionNotice } from './VersionNotice.tsx'

// Pages beside the main one, fetched when they are first gone to.
const FeatureView = lazyPage(async () => (await import('../views/feature/FeatureView.tsx')).FeatureView)
const EmbedView = lazyPage(async () => (await import('../views/embed/EmbedView.tsx')).EmbedView)
const SourcesView = lazyPage(async () => (await import('../views/sources/SourcesView.tsx')).SourcesView)
const StorageView = lazyPage(async () => (await import('../views/storage/StorageView.tsx')).StorageView)
const VerifyView = lazyPage(async () => (await import('../views/verify/VerifyView.tsx')).VerifyView)
const SourceView = lazyPage(async () => (await import('../views/source/SourceView.tsx')).SourceView)
const BrowseView = lazyPage(async () => (await import('../views/browse/BrowseView.tsx')).BrowseView)
const MapView = lazyPage(async () => (await import('../views/map/MapView.tsx')).MapView)
const CompareView = lazyPage(async () => (await import('../views/compare/CompareView.tsx')).CompareView)
const ListView = lazyPage(async () => (await import('../views/list/ListView.tsx')).ListView)
const LayersView = lazyPage(async () => (await import('../views/layers/LayersView.tsx')).LayersView)

export function App() {
  const route = useApp((state) => state.route)
  const page = useApp((state) => state.page)
  const offer = useApp((state) => state.offer)
  const routeError = useApp((state) => state.routeError)
  const openError = useApp((state) => state.openError)
  const { retry, visit } = useActions()

  const title = [titleOf(page, route), 'Featurescope'].filter(Boolean).join(' · ')
  const isLater = useIsLater(title)
  useEffect(() => {
    document.title = title
  }, [title])

  const error = routeError ?? openError
  const embedded = !page && route?.view === 'feature' && route.embed !== undefined
  const ownProgress = !page && !offer && !['source', 'browse', 'map', 'list'].includes(route?.view ?? '')
  return (
    <>
      {!embedded && <TopBar />}
      {/* A browser tells of a new page; of one that is drawn in place it tells nothing. */}
      <Announce>{isLater ? title : ''}</Announce>
      <main className={css.main}>
        {!embedded && <VersionNotice />}
        {!embedded && <StorageNotice />}
        {error && (
          <div className={css.error}>
            <ErrorPanel error={error}>
              {!routeError && !page && <Button onClick={() => void retry()}>Try again</Button>}
              {routeError instanceof Lost && (
                <a className={css.home} href={formatRoute(routeError.way.route)}>
                  {routeError.way.name}
                </a>
              )}
              <a
                className={css.home}
                href={formatRoute({ view: 'home' })}
                onClick={(event) => {
                  event.preventDefault()
                  void visit({ view: 'home' })
                }}
              >
                Start from the front page
              </a>
            </ErrorPanel>
          </div>
        )}
        {!ownProgress && <Opening />}
        {routeError && <h1 className="visually-hidden">Featurescope</h1>}
        {!routeError && <Suspense fallback={<Skeleton lines={9} />}>{viewOf()}</Suspense>}
      </main>
      {!embedded && <DropTarget />}
    </>
  )

  function viewOf() {
    if (page === 'sources') return <SourcesView />
    if (page === 'storage') return <StorageView />
    if (page === 'verify') return <VerifyView />
    if (offer) return <OfferPanel offer={offer} />
    if (embedded) return <EmbedView route={route} />
    if (route?.view === 'feature') return <FeatureView route={route} />
    if (route?.view === 'browse') return <BrowseView route={route} />
    if (route?.view === 'map') return <MapView route={route} />
    if (route?.view === 'list') return <ListView route={route} />
    if (route?.view === 'compare') return <CompareView route={route} />
    if (route?.view === 'layers') return <LayersView route={route} />
    return route?.view === 'source' ? <SourceView /> : <ExploreView />
  }
}

/** Whether `value` has changed since it was first there. */
function useIsLater(value: string): boolean {
  const [first, setFirst] = useState<string | undefined>(value)
  if (first !== undefined && first !== value) setFirst(undefined)
  return first === undefined
}

/** What is being opened, on pages without a text box to show it. */
function Opening() {
  const opening = useApp((state) => state.opening)
  const { cancelOpening } = useActions()
  if (!opening) return null
  return (
    <div className={css.opening}>
      <ProgressBar {...opening} onCancel={cancelOpening} />
    </div>
  )
}

const PAGE_TITLES: Record<LibraryPage, string> = {
  sources: 'Sources',
  storage: 'Storage',
  verify: 'Check against published values',
}

function titleOf(page: LibraryPage | undefined, route: PlaceRoute | undefined): string | undefined {
  if (page) return PAGE_TITLES[page]
  if (route?.view === 'map') return `Map · ${route.source}`
  if (route?.view === 'list') return `${route.name} · ${route.source}`
  if (route?.view === 'browse') return `All features · ${route.source}`
  if (route?.view === 'compare') return `Compare · ${route.source}`
  if (route?.view === 'layers') return `Layers · ${route.model}`
  return route?.view === 'feature' ? `${route.index} · ${route.source}` : route?.source
}

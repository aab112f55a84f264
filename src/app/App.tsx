// Which page is shown, and the errors that stand above any page.
import { useEffect } from 'react'
import { formatRoute } from '../lib/route.ts'
import { useActions, useApp } from '../store/hooks.ts'
import { Button } from '../ui/Button.tsx'
import { ErrorPanel } from '../ui/ErrorPanel.tsx'
import { ExploreView } from '../views/explore/ExploreView.tsx'
import { FeatureView } from '../views/feature/FeatureView.tsx'
import { TopBar } from '../views/topbar/TopBar.tsx'
import css from './App.module.css'

export function App() {
  const route = useApp((state) => state.route)
  const routeError = useApp((state) => state.routeError)
  const openError = useApp((state) => state.openError)
  const { retry, visit } = useActions()

  useEffect(() => {
    document.title = [
      route?.view === 'feature' ? `${route.index} · ${route.source}` : route?.source,
      'Featurescope',
    ]
      .filter(Boolean)
      .join(' · ')
  }, [route])

  const error = routeError ?? openError
  return (
    <>
      <TopBar />
      <main className={css.main}>
        {error && (
          <div className={css.error}>
            <ErrorPanel error={error}>
              {!routeError && <Button onClick={() => void retry()}>Try again</Button>}
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
        {routeError && <h1 className="visually-hidden">Featurescope</h1>}
        {!routeError && (route?.view === 'feature' ? <FeatureView route={route} /> : <ExploreView />)}
      </main>
    </>
  )
}

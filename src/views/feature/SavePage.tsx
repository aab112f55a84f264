// The feature's page as a file.
import { type FeatureRoute, formatRoute } from '../../lib/route.ts'
import { saveFile } from '../../lib/save-file.ts'
import { useApp, useAppStore } from '../../store/hooks.ts'
import { openIndex } from '../../store/indexed-slice.ts'
import { Button } from '../../ui/Button.tsx'
import { type DashboardPage, dashboardHtml } from './dashboard-html.ts'

interface SavePageProps {
  route: FeatureRoute
  dashboard: DashboardPage['dashboard']
  indexed: DashboardPage['indexed']
}

export function SavePage({ route, dashboard, indexed }: SavePageProps) {
  const store = useAppStore()
  const { model, source, index } = route
  // A file saved before the index has answered would lack the examples.
  const waiting = useApp((state) => {
    const known = state.indexed.get(index)
    return (
      state.index.status === 'unknown' || (openIndex(state) !== undefined && (!known || known === 'loading'))
    )
  })
  const save = (): void => {
    const label = store.getState().labels.get(index) ?? dashboard.label
    const address = new URL(
      formatRoute({ view: 'feature', model, source, index, text: undefined }),
      location.href,
    )
    const page = { model, source, address: address.href, label, dashboard, indexed }
    saveFile(`${source}-${index}.html`, dashboardHtml(page))
  }
  return (
    <Button
      look="pill"
      disabled={waiting}
      title="One file with figures, charts and examples, that opens from disk"
      onClick={save}
    >
      Save as HTML
    </Button>
  )
}

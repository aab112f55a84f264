// One SAE: what it is, how its features are spread, and whether the current text looks to it as its own data did.
import { useEffect } from 'react'
import { useActions, useApp } from '../../store/hooks.ts'
import { Panel } from '../../ui/Panel.tsx'
import { Skeleton } from '../../ui/Skeleton.tsx'
import { ImportPanel } from '../imports/ImportPanel.tsx'
import { CorpusPanel } from './CorpusPanel.tsx'
import { CurrentText } from './CurrentText.tsx'
import { SourceFacts } from './SourceFacts.tsx'
import { SourceHeader } from './SourceHeader.tsx'
import css from './SourceView.module.css'
import { Statistics } from './Statistics.tsx'

export function SourceView() {
  const asked = useApp(({ route }) => (route?.view === 'source' ? route.source : undefined))
  const sae = useApp((state) => state.sae)
  const opening = useApp((state) => state.opening !== undefined)
  const { loadLibrary, refreshStorage } = useActions()
  // While another source is being opened, the one before it is still open.
  const open = sae && (asked === undefined || asked === sae.source) ? sae : undefined

  useEffect(() => {
    if (!open) return
    void loadLibrary()
    void refreshStorage()
  }, [open, loadLibrary, refreshStorage])

  if (!open) return <NotOpen name={asked} busy={opening} />
  return (
    <>
      <SourceHeader sae={open} />
      <div className={css.columns}>
        <div className={css.aside}>
          <SourceFacts sae={open} />
          <CurrentText sae={open} />
          <CorpusPanel sae={open} />
          <ImportPanel sae={open} />
        </div>
        <Statistics sae={open} />
      </div>
    </>
  )
}

function NotOpen({ name, busy }: { name: string | undefined; busy: boolean }) {
  return (
    <>
      <h1 className={css.title}>{name ?? 'Source'}</h1>
      <Panel title="Shape" busy={busy}>
        {busy ? <Skeleton lines={6} /> : <p className={css.quiet}>No source is open. Choose one above.</p>}
      </Panel>
    </>
  )
}

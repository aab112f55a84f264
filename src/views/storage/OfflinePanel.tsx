// Whether the page and its demo open without a connection, and how much of this browser's room that takes.
import { useEffect, useState } from 'react'
import { formatBytes, plural } from '../../lib/format.ts'
import { type KeptBuild, keepBuild, keptBuild } from '../../lib/offline.ts'
import { Button } from '../../ui/Button.tsx'
import { Panel } from '../../ui/Panel.tsx'
import css from './OfflinePanel.module.css'

/** Of the page itself, while it fetches what is missing, in milliseconds. */
const LOOK_EVERY = 2000

export function OfflinePanel() {
  const [kept, setKept] = useState<KeptBuild | 'unknown'>()
  const [isKeeping, setKeeping] = useState(false)
  useEffect(() => {
    const look = async (): Promise<void> => setKept((await keptBuild()) ?? 'unknown')
    void look()
    const timer = setInterval(() => void look(), LOOK_EVERY)
    return () => clearInterval(timer)
  }, [])
  const keep = async (): Promise<void> => {
    setKeeping(true)
    setKept((await keepBuild()) ?? 'unknown')
    setKeeping(false)
  }
  return (
    <Panel title="Without a connection" className={css.panel} busy={kept === undefined}>
      <div className={css.body}>
        <p>{kept && words(kept)}</p>
        {typeof kept === 'object' && kept.missing > 0 && (
          <Button look="pill" disabled={isKeeping} onClick={() => void keep()}>
            {isKeeping ? 'Fetching …' : 'Fetch the rest now'}
          </Button>
        )}
      </div>
    </Panel>
  )
}

function words(kept: KeptBuild | 'unknown'): string {
  if (kept === 'unknown')
    return 'This browser or this address does not let the page keep itself: it needs its host each time.'
  const room = `${plural(kept.files, 'file')} of the page and its demo, ${formatBytes(kept.bytes)}, are kept in this browser`
  return kept.missing > 0
    ? `${room}; ${kept.missing} are still missing.`
    : `${room}: they open without a connection. Clear the site’s data in the browser to be rid of them.`
}

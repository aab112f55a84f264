// What downloads left on this machine: how much, how well checked, and the way to be rid of it.
import { useEffect, useState } from 'react'
import { formatBytes, plural } from '../../lib/format.ts'
import { formatRoute } from '../../lib/route.ts'
import type { StorageState } from '../../lib/storage-state.ts'
import { useActions, useApp } from '../../store/hooks.ts'
import { Button } from '../../ui/Button.tsx'
import { ErrorPanel } from '../../ui/ErrorPanel.tsx'
import { PageHead } from '../../ui/PageHead.tsx'
import { Panel } from '../../ui/Panel.tsx'
import { Skeleton } from '../../ui/Skeleton.tsx'
import { ConnectionsPanel } from './ConnectionsPanel.tsx'
import { OfflinePanel } from './OfflinePanel.tsx'
import css from './StorageView.module.css'
import { StoredFiles } from './StoredFiles.tsx'

/** How often the list is read again while something downloads, in milliseconds. */
const LOOK_EVERY = 1000

export function StorageView() {
  const storage = useApp((state) => state.storage)
  const error = useApp((state) => state.storageError)
  const opening = useApp((state) => state.opening !== undefined)
  const { refreshStorage } = useActions()

  useEffect(() => {
    void refreshStorage()
    if (!opening) return
    const timer = setInterval(() => void refreshStorage(), LOOK_EVERY)
    return () => clearInterval(timer)
  }, [opening, refreshStorage])

  return (
    <>
      <PageHead
        title="Storage"
        lead="Downloads kept in this browser, so that they need not be fetched again."
      >
        <a href={formatRoute({ view: 'sources' })}>Sources</a>
      </PageHead>
      {error && (
        <div className={css.error}>
          <ErrorPanel error={error}>
            <Button onClick={() => void refreshStorage()}>Try again</Button>
          </ErrorPanel>
        </div>
      )}
      {storage ? (
        <Stored storage={storage} />
      ) : (
        <Panel title="Stored files" busy={!error}>
          {!error && <Skeleton lines={3} />}
        </Panel>
      )}
      <OfflinePanel />
      <ConnectionsPanel />
    </>
  )
}

function Stored({ storage }: { storage: StorageState }) {
  const { available, notice, persisted, usage, quota, files } = storage
  const share = quota > 0 ? Math.min(1, usage / quota) : 0
  return (
    <Panel
      title={<>Stored files{files.length > 0 && <strong> · {plural(files.length, 'file')}</strong>}</>}
      actions={files.length > 0 && <DeleteAll keys={files.map(({ key }) => key)} />}
    >
      {(!available || notice) && (
        <p className={css.notice}>
          {notice ?? 'This browser gives the page no storage, as in private windows: downloads are not kept.'}
        </p>
      )}
      {available && (
        <div className={css.room}>
          {/* biome-ignore lint/a11y/useSemanticElements: a <meter> cannot be drawn like the page's other bars. */}
          <div
            role="meter"
            aria-label="Storage used"
            aria-valuemin={0}
            aria-valuemax={100}
            aria-valuenow={Math.round(share * 100)}
            aria-valuetext={`${formatBytes(usage)} of ${formatBytes(quota)}`}
            className={css.meter}
          >
            <i style={{ transform: `scaleX(${share})` }} />
          </div>
          <p>
            <b>{formatBytes(usage)}</b> used of the {formatBytes(quota)} this browser allows the page.{' '}
            <span className={css.dim}>
              {persisted
                ? 'The browser keeps it until it is deleted here or in its own settings.'
                : 'The browser may delete it when the disk fills up.'}
            </span>
          </p>
        </div>
      )}
      {files.length > 0 ? (
        <StoredFiles files={files} />
      ) : (
        <p className={css.empty}>
          Nothing is stored. What you open on the <a href={formatRoute({ view: 'sources' })}>Sources page</a>{' '}
          is kept here, also when its download was stopped half way.
        </p>
      )}
    </Panel>
  )
}

/** Asks once more before it does. */
function DeleteAll({ keys }: { keys: string[] }) {
  const [sure, setSure] = useState(false)
  const { deleteStored } = useActions()
  if (!sure) {
    return (
      <Button look="pill" onClick={() => setSure(true)}>
        Delete all
      </Button>
    )
  }
  return (
    <div className={css.sure}>
      <span>Delete {plural(keys.length, 'file')}?</span>
      <Button
        look="pill"
        onClick={() => {
          setSure(false)
          void deleteStored(keys)
        }}
      >
        Yes, delete all
      </Button>
      <Button look="pill" autoFocus onClick={() => setSure(false)}>
        Keep
      </Button>
    </div>
  )
}

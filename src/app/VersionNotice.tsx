// Says that a new version of the page is there; it is taken when the person wants it.
import { useState, useSyncExternalStore } from 'react'
import { onVersionChange, takeNewVersion, versionState } from '../lib/offline.ts'
import { Button } from '../ui/Button.tsx'
import { Notice } from '../ui/Notice.tsx'

const WORDS = {
  waiting: 'A new version is ready.',
  held: 'The new version comes into use when nothing is being loaded any more, here and in other tabs of this page.',
  replaced: 'A new version was taken into use in another tab. This one goes on with the old one.',
}

export function VersionNotice() {
  const version = useSyncExternalStore(onVersionChange, versionState)
  const [later, setLater] = useState<string>()
  const isShown = version !== 'current' && later !== version
  return (
    <div role="status" aria-label="Version">
      {isShown && (
        <Notice tone="news" text={WORDS[version]}>
          <Button look="pill" onClick={() => void takeNewVersion()}>
            Reload
          </Button>
          <Button look="pill" onClick={() => setLater(version)}>
            Later
          </Button>
        </Notice>
      )}
    </div>
  )
}

// Says that downloads are not kept, and why, until it is put away.
import { useActions, useApp } from '../../store/hooks.ts'
import { Button } from '../../ui/Button.tsx'
import { Notice } from '../../ui/Notice.tsx'

export function StorageNotice() {
  const notice = useApp((state) => state.storageNotice)
  const { dismissStorageNotice } = useActions()
  return (
    <div role="status">
      {notice && (
        <Notice tone="warning" text={notice}>
          <Button look="pill" onClick={dismissStorageNotice}>
            All right
          </Button>
        </Notice>
      )}
    </div>
  )
}

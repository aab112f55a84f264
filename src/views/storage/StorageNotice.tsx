// Says that downloads are not kept, and why, until it is put away.
import { useActions, useApp } from '../../store/hooks.ts'
import { Button } from '../../ui/Button.tsx'
import css from './StorageNotice.module.css'

export function StorageNotice() {
  const notice = useApp((state) => state.storageNotice)
  const { dismissStorageNotice } = useActions()
  return (
    <div role="status">
      {notice && (
        <div className={css.notice}>
          <p>{notice}</p>
          <Button look="pill" onClick={dismissStorageNotice}>
            All right
          </Button>
        </div>
      )}
    </div>
  )
}

// The button of the image of what is shown; all that draws it is fetched when it is first pressed.
import { type ComponentType, useState } from 'react'
import { Button } from '../../ui/Button.tsx'
import css from './CopyLink.module.css'

export function ShareImage({ onFailed }: { onFailed(): void }) {
  const [open, setOpen] = useState(false)
  const [Dialog, setDialog] = useState<ComponentType<{ onClose(): void }>>()
  const show = async (): Promise<void> => {
    try {
      const { ShareDialog } = await import('../share/ShareDialog.tsx')
      setDialog(() => ShareDialog)
      setOpen(true)
    } catch {
      onFailed()
    }
  }
  return (
    <>
      <Button
        look="pill"
        aria-label="Image"
        title="An image of this view, to show elsewhere"
        aria-haspopup="dialog"
        onClick={() => void show()}
      >
        <svg className={css.sign} viewBox="0 0 16 16" aria-hidden="true">
          <rect x="1.8" y="2.8" width="12.4" height="10.4" rx="2" />
          <path d="M2 11l3.4-3.4 2.6 2.6 2.4-2.4L14 11M10.6 5.8h.1" />
        </svg>
      </Button>
      {open && Dialog && <Dialog onClose={() => setOpen(false)} />}
    </>
  )
}

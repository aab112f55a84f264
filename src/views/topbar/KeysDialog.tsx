// The keys of the page, listed by "?".
import { Dialog } from 'radix-ui'
import { useEffect, useState } from 'react'
import { isTyping } from '../../lib/keys.ts'
import { Button } from '../../ui/Button.tsx'
import css from './KeysDialog.module.css'

const KEYS: readonly (readonly [keys: readonly string[], what: string])[] = [
  [['Ctrl', 'Enter'], 'run the text'],
  [['/'], 'find a feature (also Ctrl K)'],
  [['j'], 'next feature'],
  [['k'], 'previous feature'],
  [['r'], 'a random feature'],
  [['←', '→', '↑', '↓'], 'move among the tokens'],
  [['Enter'], 'lock the token; with Shift, several'],
  [['Esc'], 'unlock everything'],
  [['+', '−', '0'], 'on a map: closer, farther, everything; arrows move it'],
  [['?'], 'this list'],
]

export function KeysDialog() {
  const [open, setOpen] = useState(false)
  useEffect(() => {
    const onKey = (event: KeyboardEvent): void => {
      if (event.key === '?' && !isTyping(event)) setOpen(true)
    }
    addEventListener('keydown', onKey)
    return () => removeEventListener('keydown', onKey)
  }, [])
  return (
    <Dialog.Root open={open} onOpenChange={setOpen}>
      <Dialog.Trigger asChild>
        <Button look="icon" aria-label="Keys" title="Keys (?)" aria-keyshortcuts="?" className={css.trigger}>
          ?
        </Button>
      </Dialog.Trigger>
      <Dialog.Portal>
        <Dialog.Overlay className={css.overlay} />
        <Dialog.Content className={css.pane} aria-describedby={undefined}>
          <Dialog.Title className={css.title}>Keys</Dialog.Title>
          <dl className={css.keys}>
            {KEYS.map(([keys, what]) => (
              <div key={what} className={css.key}>
                <dt>
                  {keys.map((key) => (
                    <kbd key={key}>{key}</kbd>
                  ))}
                </dt>
                <dd>{what}</dd>
              </div>
            ))}
          </dl>
          <p className={css.note}>
            Hover a token to see its features, a feature to see its tokens; click to keep them. Shift-click
            locks several.
          </p>
          <Dialog.Close asChild>
            <Button>Close</Button>
          </Dialog.Close>
        </Dialog.Content>
      </Dialog.Portal>
    </Dialog.Root>
  )
}

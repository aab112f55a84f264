// The keys of the page, listed by "?".
import { useEffect, useId, useRef } from 'react'
import { isTyping } from '../../lib/keys.ts'
import { formatRoute } from '../../lib/route.ts'
import { Button } from '../../ui/Button.tsx'
import look from '../../ui/dialog.module.css'
import css from './KeysDialog.module.css'

const KEYS: readonly (readonly [keys: readonly string[], what: string])[] = [
  [['Ctrl', 'Enter'], 'run the text'],
  [['/'], 'find a feature (also Ctrl K)'],
  [['j'], 'next feature; in the list, the next line'],
  [['k'], 'previous feature or line'],
  [['Home', 'End'], 'in the list: its first and last line; Enter opens one'],
  [['r'], 'a random feature'],
  [['←', '→', '↑', '↓'], 'move among the tokens'],
  [['Enter'], 'lock the token; with Shift, several'],
  [['Esc'], 'unlock everything'],
  [['PgUp', 'PgDn'], 'on a heat map: a screen sideways; arrows move a cell, Home and End to a row’s ends'],
  [['+', '−', '0'], 'on a map: closer, farther, everything; arrows move it'],
  [['?'], 'this list'],
]

export function KeysDialog() {
  const id = useId()
  const dialog = useRef<HTMLDialogElement>(null)
  useEffect(() => {
    const onKey = (event: KeyboardEvent): void => {
      if (event.key === '?' && !isTyping(event) && !dialog.current?.open) dialog.current?.showModal()
    }
    addEventListener('keydown', onKey)
    return () => removeEventListener('keydown', onKey)
  }, [])
  return (
    <>
      <Button
        look="icon"
        aria-label="Keys"
        title="Keys (?)"
        aria-keyshortcuts="?"
        aria-haspopup="dialog"
        className={css.trigger}
        onClick={() => dialog.current?.showModal()}
      >
        ?
      </Button>
      {/* biome-ignore lint/a11y/useKeyWithClickEvents: Esc closes it by itself. */}
      <dialog
        ref={dialog}
        className={`${look.pane} ${css.pane}`}
        aria-labelledby={id}
        onClick={({ target, currentTarget }) => {
          // What lies around its content is the page behind it.
          if (target === currentTarget) currentTarget.close()
        }}
      >
        <div className={css.content}>
          <h2 id={id} className={`${look.title} ${css.title}`}>
            Keys
          </h2>
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
            locks several.{' '}
            <a href={formatRoute({ view: 'storage' })} onClick={() => dialog.current?.close()}>
              What this page connects to and keeps
            </a>
          </p>
          <Button onClick={() => dialog.current?.close()}>Close</Button>
        </div>
      </dialog>
    </>
  )
}

// A list as CSV or JSON: chosen from a menu, with progress and a way out where it is long.
import { DropdownMenu } from 'radix-ui'
import { useRef, useState } from 'react'
import { isAbort, toUserError, UserError } from '../lib/errors.ts'
import { formatShare } from '../lib/format.ts'
import { saveFile } from '../lib/save-file.ts'
import type { TableFormat } from '../lib/table-file.ts'
import { Button } from '../ui/Button.tsx'
import { ErrorPanel } from '../ui/ErrorPanel.tsx'
import css from './ExportMenu.module.css'
import type { SaveTableProps } from './SaveTable.tsx'

const FORMATS: readonly { format: TableFormat; name: string; about: string }[] = [
  { format: 'csv', name: 'Table as CSV', about: 'for spreadsheets' },
  { format: 'json', name: 'Table as JSON', about: 'says what it is' },
]

type State = 'ready' | UserError | { done: number }

export function TableMenu({ name, file }: SaveTableProps) {
  const [state, setState] = useState<State>('ready')
  const writing = useRef<AbortController>(undefined)
  const busy = state !== 'ready' && !(state instanceof UserError)

  const save = async (format: TableFormat): Promise<void> => {
    const abort = new AbortController()
    writing.current = abort
    setState({ done: 0 })
    try {
      const content = await file(format, {
        signal: abort.signal,
        onProgress: ({ done, total }) => setState({ done: total ? done / total : 0 }),
      })
      if (content !== undefined) saveFile(`${name}.${format}`.replace(/[^\w.-]+/g, '-'), content)
      setState('ready')
    } catch (thrown) {
      setState(isAbort(thrown) ? 'ready' : toUserError(thrown))
    }
  }
  return (
    <>
      {/* Modal ones lock the page's scrolling by a style element, which the content policy forbids. */}
      <DropdownMenu.Root modal={false}>
        <DropdownMenu.Trigger asChild disabled={busy}>
          <Button look="pill">{busy ? `Writing ${formatShare(state.done)}` : 'Save table'}</Button>
        </DropdownMenu.Trigger>
        <DropdownMenu.Portal>
          <DropdownMenu.Content className={css.menu} align="end" sideOffset={6} collisionPadding={8}>
            {FORMATS.map(({ format, name: item, about }) => (
              <DropdownMenu.Item key={format} className={css.item} onSelect={() => void save(format)}>
                {item} <small>{about}</small>
              </DropdownMenu.Item>
            ))}
          </DropdownMenu.Content>
        </DropdownMenu.Portal>
      </DropdownMenu.Root>
      {busy && (
        <Button look="pill" onClick={() => writing.current?.abort()}>
          Cancel
        </Button>
      )}
      {state instanceof UserError && <ErrorPanel error={state} />}
    </>
  )
}

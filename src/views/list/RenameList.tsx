// Another name for one of the person's lists, written in place.
import { type FormEvent, useState } from 'react'
import { Button } from '../../ui/Button.tsx'
import form from '../../ui/form.module.css'
import css from './ListView.module.css'

interface RenameListProps {
  name: string
  onRename(name: string): void
}

export function RenameList({ name, onRename }: RenameListProps) {
  const [draft, setDraft] = useState<string>()
  if (draft === undefined) {
    return (
      <Button look="pill" aria-label={`Rename the list ${name}`} onClick={() => setDraft(name)}>
        Rename
      </Button>
    )
  }
  const save = (event: FormEvent): void => {
    event.preventDefault()
    const next = draft.trim()
    if (next !== '' && next !== name) onRename(next)
    setDraft(undefined)
  }
  return (
    <form
      className={css.rename}
      onSubmit={save}
      onKeyDown={(event) => {
        if (event.key === 'Escape') setDraft(undefined)
      }}
    >
      <input
        className={form.input}
        aria-label="New name of the list"
        value={draft}
        // biome-ignore lint/a11y/noAutofocus: what was pressed asked for writing here.
        autoFocus
        onChange={({ currentTarget: { value } }) => setDraft(value)}
      />
      <Button type="submit" disabled={draft.trim() === ''}>
        Save name
      </Button>
      <Button onClick={() => setDraft(undefined)}>Cancel</Button>
    </form>
  )
}

// The person's own label and note of a feature, edited in place, and the lists it is in.
import { Popover } from 'radix-ui'
import { type ReactNode, useState } from 'react'
import { plural } from '../../lib/format.ts'
import { entryKey } from '../../lib/notebook.ts'
import { type FeatureRoute, formatRoute } from '../../lib/route.ts'
import { useActions, useApp } from '../../store/hooks.ts'
import { Button } from '../../ui/Button.tsx'
import { ErrorPanel } from '../../ui/ErrorPanel.tsx'
import form from '../../ui/form.module.css'
import css from './OwnNotes.module.css'

interface OwnNotesProps {
  route: FeatureRoute
  /** Other things to do with the feature. */
  children?: ReactNode
}

export function OwnNotes({ route, children }: OwnNotesProps) {
  const { model, source, index } = route
  const key = entryKey({ model, source, index })
  const entry = useApp(({ notebook }) => notebook.entries.find((one) => entryKey(one) === key))
  const kept = useApp((state) => state.notebookKept)
  const [editing, setEditing] = useState<string>()
  const { writeOwn } = useActions()
  return (
    <div className={css.own}>
      <Lists route={route} />
      {editing !== key && (
        <Button look="pill" onClick={() => setEditing(key)}>
          {entry ? 'Edit your label and note' : 'Write a label or note'}
        </Button>
      )}
      {children}
      {editing === key ? (
        <Editor
          label={entry?.label ?? ''}
          note={entry?.note ?? ''}
          onSave={(words) => {
            writeOwn({ model, source, index }, words)
            setEditing(undefined)
          }}
          onCancel={() => setEditing(undefined)}
        />
      ) : (
        entry?.note && <p className={css.note}>{entry.note}</p>
      )}
      {entry?.others.map(({ label, note, changed }) => (
        <p key={`${label} ${note}`} className={css.other}>
          Another notebook said{label && ` “${label}”`}
          {note && `: ${note}`} ({changed.slice(0, 10)}).
        </p>
      ))}
      {entry && !kept && (
        <p className={css.other}>This browser keeps nothing here: save your notes as a file.</p>
      )}
    </div>
  )
}

interface EditorProps {
  label: string
  note: string
  onSave(words: { label: string; note: string }): void
  onCancel(): void
}

function Editor({ label: before, note: noteBefore, onSave, onCancel }: EditorProps) {
  const [label, setLabel] = useState(before)
  const [note, setNote] = useState(noteBefore)
  return (
    <form
      className={css.form}
      onSubmit={(event) => {
        event.preventDefault()
        onSave({ label, note })
      }}
      onKeyDown={(event) => {
        if (event.key === 'Escape') onCancel()
      }}
    >
      <label className={form.label}>
        Your label
        <input
          className={form.input}
          // biome-ignore lint/a11y/noAutofocus: it was asked for by the button in its place.
          autoFocus
          value={label}
          maxLength={4000}
          onChange={(event) => setLabel(event.target.value)}
        />
      </label>
      <label className={form.label}>
        Your note
        <textarea
          className={form.input}
          rows={3}
          value={note}
          maxLength={40_000}
          onChange={(event) => setNote(event.target.value)}
        />
      </label>
      <div className={form.row}>
        <Button type="submit" look="strong">
          Save
        </Button>
        <Button onClick={onCancel}>Cancel</Button>
      </div>
    </form>
  )
}

function Lists({ route }: { route: FeatureRoute }) {
  const { model, source, index } = route
  const all = useApp((state) => state.notebook.lists)
  const error = useApp((state) => state.notebookError)
  const [name, setName] = useState('')
  const { addList, toggleListed } = useActions()
  const lists = all.filter((list) => list.model === model && list.source === source)
  const within = lists.filter(({ features }) => features.includes(index))
  const listed = within.length > 0
  return (
    <Popover.Root>
      <Popover.Trigger asChild>
        <Button look="pill" aria-label={listed ? `In ${plural(within.length, 'list')}` : 'Add to list'}>
          {listed ? `★ In ${plural(within.length, 'list')}` : '☆ Add to list'}
        </Button>
      </Popover.Trigger>
      <Popover.Portal>
        <Popover.Content className={css.pane} align="start" sideOffset={6} aria-label="Lists">
          {lists.map(({ id, name: listName, features }) => (
            <label key={id} className={css.check}>
              <input
                type="checkbox"
                checked={features.includes(index)}
                onChange={() => toggleListed(id, index)}
              />
              {listName} ({features.length})
            </label>
          ))}
          <form
            className={form.row}
            onSubmit={(event) => {
              event.preventDefault()
              addList({ model, source, name, features: [index] })
              setName('')
            }}
          >
            <input
              className={form.input}
              aria-label="Name of a new list"
              placeholder="New list"
              maxLength={200}
              value={name}
              onChange={(event) => setName(event.target.value)}
            />
            <Button type="submit" disabled={name.trim() === ''}>
              Add to a new list
            </Button>
          </form>
          {error && <ErrorPanel error={error} />}
          <a
            href={formatRoute({
              ...{ view: 'list', model, source, text: route.text },
              name: within[0]?.name ?? 'List',
              features: within[0]?.features ?? [],
            })}
          >
            {listed ? 'See the list' : 'All lists'}
          </a>
        </Popover.Content>
      </Popover.Portal>
    </Popover.Root>
  )
}

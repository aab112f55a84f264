// Which hub files come from, and the token for gated ones: where it is kept, and to whom it goes.
import { type FormEvent, useId, useState } from 'react'
import { useActions, useApp } from '../../store/hooks.ts'
import { DEFAULT_HUB, type HubChoice } from '../../store/hub-choice.ts'
import { Button } from '../../ui/Button.tsx'
import { ErrorPanel } from '../../ui/ErrorPanel.tsx'
import form from '../../ui/form.module.css'
import { Panel } from '../../ui/Panel.tsx'
import { Segmented } from '../../ui/Segmented.tsx'
import css from './side.module.css'

const KEEP: readonly { value: HubChoice['keep']; text: string }[] = [
  { value: 'tab', text: 'This tab only' },
  { value: 'browser', text: 'This browser' },
]

export function HubPanel() {
  const hub = useApp((state) => state.hub)
  const error = useApp((state) => state.hubError)
  const { setHub } = useActions()
  const [draft, setDraft] = useState(hub)
  const [saved, setSaved] = useState(false)
  const keepId = useId()
  const change = (next: Partial<HubChoice>): void => {
    setDraft({ ...draft, ...next })
    setSaved(false)
  }
  const save = async (choice: HubChoice): Promise<void> => {
    const taken = await setHub(choice)
    setSaved(taken)
  }
  const submit = (event: FormEvent): void => {
    event.preventDefault()
    void save(draft)
  }
  const clear = (): void => {
    const next: HubChoice = { ...draft, token: '', keep: 'tab' }
    setDraft(next)
    void save(next)
  }
  const host = URL.canParse(draft.endpoint) ? new URL(draft.endpoint).host : 'that host'
  const same = draft.endpoint === hub.endpoint && draft.token === hub.token && draft.keep === hub.keep
  return (
    <Panel title="Hub">
      <form className={css.body} onSubmit={submit}>
        <label className={css.label}>
          Address
          <input
            className={form.input}
            type="url"
            value={draft.endpoint}
            placeholder={DEFAULT_HUB.endpoint}
            autoComplete="off"
            spellCheck={false}
            onChange={(event) => change({ endpoint: event.target.value })}
          />
        </label>
        <label className={css.label}>
          Access token
          <input
            className={form.input}
            type="password"
            value={draft.token}
            placeholder="for gated repositories only"
            autoComplete="off"
            spellCheck={false}
            onChange={(event) => change({ token: event.target.value })}
          />
        </label>
        <div className={css.row}>
          <span id={keepId} className={css.name}>
            Keep the token in
          </span>
          <Segmented
            label="Keep the token in"
            value={draft.keep}
            choices={KEEP}
            onChange={(keep) => change({ keep })}
          />
        </div>
        <p className={form.quiet}>
          It is sent to {host} only, never along a redirect or in a link.{' '}
          {draft.keep === 'browser'
            ? 'Anybody who uses this browser, and every page of this site’s address, can read it.'
            : 'It is gone when this tab is closed or reloaded.'}
        </p>
        {error && <ErrorPanel error={error} />}
        <div className={css.row}>
          <Button type="submit" disabled={same}>
            Save
          </Button>
          {(hub.token || draft.token) && <Button onClick={clear}>Clear token</Button>}
          <span role="status" className={form.quiet}>
            {saved && same ? 'In use.' : ''}
          </span>
        </div>
      </form>
    </Panel>
  )
}

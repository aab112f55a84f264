// Whatever is in no list: a reference, an address, files or a folder; and what can be made of them.
import { type FormEvent, useState } from 'react'
import { useActions, useApp } from '../../store/hooks.ts'
import { Button } from '../../ui/Button.tsx'
import { FileButton } from '../../ui/FileButton.tsx'
import form from '../../ui/form.module.css'
import { Panel } from '../../ui/Panel.tsx'
import css from './side.module.css'

export function OpenPanel() {
  const [text, setText] = useState('')
  const opening = useApp((state) => state.opening !== undefined)
  const { openReference, openFiles } = useActions()
  const choose = (files: File[]): void => {
    showProgress()
    void openFiles(files)
  }
  const submit = (event: FormEvent): void => {
    event.preventDefault()
    if (text.trim() === '') return
    showProgress()
    void openReference(text.trim())
  }
  return (
    <Panel title="Open something else">
      <form className={css.body} onSubmit={submit}>
        <label className={css.label}>
          Reference or address
          <span className={css.line}>
            <input
              className={form.input}
              value={text}
              placeholder="hf:owner/repo/path"
              autoComplete="off"
              spellCheck={false}
              onChange={(event) => setText(event.target.value)}
            />
            <Button type="submit" disabled={opening || text.trim() === ''}>
              Open
            </Button>
          </span>
        </label>
        <div className={css.row}>
          <FileButton label="Files to open" multiple disabled={opening} onFiles={choose}>
            Choose files…
          </FileButton>
          <FileButton label="Folder to open" folder disabled={opening} onFiles={choose}>
            Choose folder…
          </FileButton>
        </div>
        <p className={form.quiet}>Or drop them anywhere on the page. They are read here and sent nowhere.</p>
        <dl className={css.kinds}>
          <dt>An SAE</dt>
          <dd>
            <code>params.npz</code> of Gemma Scope; a Gemma Scope 2 folder, <code>params.safetensors</code>{' '}
            with <code>config.json</code>; a SAELens folder, <code>sae_weights.safetensors</code> with{' '}
            <code>cfg.json</code>
          </dd>
          <dt>A model</dt>
          <dd>
            a folder with <code>config.json</code>, <code>model.safetensors</code> (or its shards and their
            index) and <code>tokenizer.json</code>
          </dd>
          <dt>Activations</dt>
          <dd>
            [tokens, width] or [texts, tokens, width] in <code>.npy</code>, <code>.npz</code> or{' '}
            <code>.safetensors</code>
          </dd>
        </dl>
      </form>
    </Panel>
  )
}

/** It stands at the top of the page, which may be out of sight. */
function showProgress(): void {
  scrollTo({ top: 0 })
}

// The source's activation index: what it is of, how to make one of other texts, open one, save it, be rid of it.
import { zipSync } from 'fflate'
import { useState } from 'react'
import type { IndexInfo, SaeInfo } from '../../engine/protocol.ts'
import { toUserError, type UserError } from '../../lib/errors.ts'
import { formatCount, formatNumber, plural } from '../../lib/format.ts'
import { saveFile } from '../../lib/save-file.ts'
import { useActions, useApp } from '../../store/hooks.ts'
import { Button } from '../../ui/Button.tsx'
import { Disclosure } from '../../ui/Disclosure.tsx'
import { ErrorPanel } from '../../ui/ErrorPanel.tsx'
import { Facts } from '../../ui/Facts.tsx'
import { FileButton } from '../../ui/FileButton.tsx'
import form from '../../ui/form.module.css'
import { Panel } from '../../ui/Panel.tsx'
import { ProgressBar } from '../../ui/ProgressBar.tsx'
import css from './CorpusPanel.module.css'

const TEXT_FILES = '.txt,.md,.jsonl,.parquet'

export function CorpusPanel({ sae }: { sae: SaeInfo }) {
  const index = useApp((state) => state.index)
  const indexing = useApp((state) => (state.indexing?.of === sae.source ? state.indexing : undefined))
  const error = useApp((state) => state.indexError)
  const { cancelIndexing } = useActions()
  const info = index.status === 'known' ? index.info : undefined
  return (
    <Panel title="Activation index" busy={indexing !== undefined || index.status === 'unknown'}>
      {info ? <Contents info={info} /> : <p className={css.note}>{missing(index.status === 'known')}</p>}
      {error && <ErrorPanel error={error} />}
      {indexing ? (
        <div className={form.body}>
          <ProgressBar {...indexing} onCancel={cancelIndexing} />
          <p className={form.quiet}>
            The page stays usable. What is done is kept: building the same again goes on from there.
          </p>
        </div>
      ) : (
        <Makers info={info} />
      )}
    </Panel>
  )
}

function missing(known: boolean): string {
  return known
    ? 'None yet: density, examples and the list’s figures are counted over texts once they have been run.'
    : 'Being looked for.'
}

const ORIGINS = {
  bundled: 'comes with this page',
  stored: 'built here',
  opened: 'opened from files',
} as const

function Contents({ info: { manifest, origin } }: { info: IndexInfo }) {
  const { corpus, countedTokens, documents, firings, postings, precision, created, code } = manifest
  return (
    <>
      <Facts
        facts={[
          { name: 'texts', value: corpus.name, meaning: corpus.description },
          { name: 'tokens', value: formatNumber(countedTokens), meaning: '<bos> is not counted' },
          {
            name: 'documents',
            value: `${formatNumber(documents)} of up to ${manifest.documentTokens} tokens`,
          },
          {
            name: 'tokens by kind',
            value: [...corpus.kinds]
              .sort((a, b) => b.tokens - a.tokens)
              .map(({ name, tokens }) => `${name} ${formatCount(tokens)}`)
              .join(', '),
          },
          {
            name: 'firings',
            value:
              postings < firings
                ? `${formatCount(firings)}, ${formatCount(postings)} stored`
                : formatCount(firings),
            meaning: 'Statistics are over all; examples come from those that are stored',
          },
          { name: 'model weights as', value: precision },
          { name: 'from', value: `${ORIGINS[origin]}, ${created.slice(0, 10)}, ${code}` },
        ]}
      />
      {corpus.description && <p className={css.note}>{corpus.description}</p>}
    </>
  )
}

function Makers({ info }: { info: IndexInfo | undefined }) {
  const [text, setText] = useState('')
  const [address, setAddress] = useState('')
  const runs = useApp((state) => state.model !== undefined && !state.activations)
  const { buildIndex, openIndex, dropIndex } = useActions()
  return (
    <>
      <div className={form.body}>
        {!info && runs && (
          <Button look="strong" onClick={() => void buildIndex()}>
            Build it from public-domain texts
          </Button>
        )}
        {!runs && <p className={form.quiet}>Building one takes the model: run a text first.</p>}
        {info && (
          <div className={form.row}>
            <SaveButton info={info} />
            {info.origin !== 'bundled' && <Button onClick={() => void dropIndex()}>Remove</Button>}
          </div>
        )}
      </div>
      {runs && (
        <Disclosure summary="Build one from your own texts">
          <label className={form.label}>
            Texts
            <textarea
              className={form.input}
              rows={4}
              value={text}
              placeholder="Paste anything: a chapter, a log, a conversation."
              onChange={(event) => setText(event.target.value)}
            />
          </label>
          <div className={form.row}>
            <Button
              disabled={text.trim() === ''}
              onClick={() => void buildIndex({ kind: 'text', name: 'pasted text', text })}
            >
              Build from this text
            </Button>
            <FileButton
              label="Text files"
              multiple
              accept={TEXT_FILES}
              disabled={false}
              onFiles={(files) => void buildIndex({ kind: 'files', files })}
            >
              Build from files…
            </FileButton>
          </div>
          <p className={form.quiet}>
            .txt and .md, .jsonl with a “text” in every line, .parquet with a column “text”. They stay on this
            machine. The index takes the place of the one above.
          </p>
        </Disclosure>
      )}
      <Disclosure summary="Open one that was built elsewhere">
        <label className={form.label}>
          Address of its folder
          <input
            className={form.input}
            value={address}
            placeholder="https://…/index/"
            autoComplete="off"
            spellCheck={false}
            onChange={(event) => setAddress(event.target.value)}
          />
        </label>
        <div className={form.row}>
          <Button disabled={address.trim() === ''} onClick={() => void openIndex(address.trim())}>
            Open the address
          </Button>
          <FileButton label="Index folder" folder disabled={false} onFiles={(files) => void openIndex(files)}>
            Choose its folder…
          </FileButton>
        </div>
      </Disclosure>
    </>
  )
}

function SaveButton({ info }: { info: IndexInfo }) {
  const { indexFiles } = useActions()
  const [state, setState] = useState<'ready' | 'reading' | UserError>('ready')
  const save = async (): Promise<void> => {
    setState('reading')
    try {
      const files = await indexFiles()
      // Parquet is compressed already.
      const zip = zipSync(Object.fromEntries(files.map(({ name, bytes }) => [name, bytes])), { level: 0 })
      saveFile(`${info.manifest.source}-index.zip`, zip)
      setState('ready')
    } catch (thrown) {
      setState(toUserError(thrown))
    }
  }
  return (
    <>
      <Button disabled={state === 'reading'} onClick={() => void save()}>
        {state === 'reading' ? 'Reading …' : `Save its ${plural(4 + info.manifest.postingsFiles, 'file')}`}
      </Button>
      {typeof state === 'object' && <ErrorPanel error={state} />}
    </>
  )
}

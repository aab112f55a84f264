// Labels and dashboards that others made for this source: what is kept of them, reading more, being rid of them.
import { useEffect, useState } from 'react'
import type { SaeInfo } from '../../engine/protocol.ts'
import { plural } from '../../lib/format.ts'
import type { ImportReport } from '../../lib/imported.ts'
import { useActions, useApp } from '../../store/hooks.ts'
import { Announce } from '../../ui/Announce.tsx'
import { Button } from '../../ui/Button.tsx'
import { Disclosure } from '../../ui/Disclosure.tsx'
import { ErrorPanel } from '../../ui/ErrorPanel.tsx'
import { FileButton } from '../../ui/FileButton.tsx'
import form from '../../ui/form.module.css'
import { Panel } from '../../ui/Panel.tsx'
import { ProgressBar } from '../../ui/ProgressBar.tsx'
import { LabelsInSight } from '../labels/LabelsInSight.tsx'
import css from './ImportPanel.module.css'

export function ImportPanel({ sae }: { sae: SaeInfo }) {
  const imports = useApp((state) => state.imports)
  const importing = useApp((state) => state.importing)
  const report = useApp((state) => state.importReport)
  const error = useApp((state) => state.importError)
  const { loadImports, cancelImport, clearImports } = useActions()

  // biome-ignore lint/correctness/useExhaustiveDependencies: another source keeps other things.
  useEffect(() => void loadImports(), [sae, loadImports])

  const any = imports !== undefined && imports.labels + imports.dashboards > 0
  return (
    <Panel title="Labels and dashboards from elsewhere" busy={importing !== undefined}>
      {report && <Report report={report} />}
      {error && <ErrorPanel error={error} />}
      <div className={form.body}>
        {importing ? (
          <ProgressBar {...importing} onCancel={cancelImport} />
        ) : (
          <>
            <p className={form.quiet}>
              {any
                ? `Kept ${imports.kept ? 'in this browser' : 'until this page is closed'}: labels of ${plural(imports.labels, 'feature')}, dashboards of ${plural(imports.dashboards, 'feature')}.`
                : 'None yet. Files of Neuronpedia, SAEDashboard or circuit-tracer are read here, or wherever they are dropped.'}
            </p>
            {any && <Button onClick={() => void clearImports()}>Remove them</Button>}
            <LabelsInSight indices={[]} />
          </>
        )}
      </div>
      {!importing && <Choices />}
      <Announce>{report ? readWords(report) : ''}</Announce>
    </Panel>
  )
}

function Choices() {
  const [address, setAddress] = useState('')
  const [asOpen, setAsOpen] = useState(false)
  const { importLabels } = useActions()
  return (
    <Disclosure summary="Import some">
      <form
        className={css.form}
        onSubmit={(event) => {
          event.preventDefault()
          void importLabels(address.trim(), asOpen)
        }}
      >
        <label className={form.label}>
          Address of a file
          <input
            className={form.input}
            value={address}
            placeholder="https://www.neuronpedia.org/api/feature/…"
            autoComplete="off"
            spellCheck={false}
            onChange={(event) => setAddress(event.target.value)}
          />
        </label>
        <label className={css.check}>
          <input
            type="checkbox"
            checked={asOpen}
            onChange={(event) => setAsOpen(event.currentTarget.checked)}
          />
          Take them as of this source, whatever they name
        </label>
        <div className={form.row}>
          <Button type="submit" disabled={!/^https?:\/\/\S/.test(address.trim())}>
            Read the address
          </Button>
          <FileButton
            label="Label files"
            multiple
            accept=".json,.jsonl,.gz"
            disabled={false}
            onFiles={(files) => void importLabels(files, asOpen)}
          >
            Choose files…
          </FileButton>
        </div>
      </form>
      <p className={form.quiet}>
        A feature’s JSON, batches of an export (.jsonl or .jsonl.gz: explanations, features, activations),
        SAEDashboard batches, circuit-tracer features. They stay on this machine.
      </p>
    </Disclosure>
  )
}

function readWords({ name, labels, dashboards, examples }: ImportReport): string {
  return `Read of ${name}: ${plural(labels, 'label')}, ${plural(dashboards, 'dashboard')} with ${plural(examples, 'text')}.`
}

function Report({ report }: { report: ImportReport }) {
  const { sources, skipped, skippedCount } = report
  return (
    <section className={css.report} aria-label="What was imported">
      <p>{readWords(report)}</p>
      {sources.map(({ place, count }) => (
        <p key={place} className={form.quiet}>
          {plural(count, 'entry').replace('entrys', 'entries')} of {place}
        </p>
      ))}
      {skippedCount > 0 && (
        <Disclosure summary={`${plural(skippedCount, 'part')} left out`}>
          <ul className={css.skipped}>
            {skipped.map(({ place, why }, at) => (
              // biome-ignore lint/suspicious/noArrayIndexKey: the list never changes, and two may say the same.
              <li key={at}>
                {place}: {why}
              </li>
            ))}
            {skippedCount > skipped.length && <li>… and {plural(skippedCount - skipped.length, 'more')}</li>}
          </ul>
        </Disclosure>
      )}
    </section>
  )
}

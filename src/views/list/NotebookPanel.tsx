// All lists of the person, and the notebook as a file: saved, and merged from another.
import { plural } from '../../lib/format.ts'
import { isSameList, type MergeReport, type OwnList } from '../../lib/notebook.ts'
import { formatRoute } from '../../lib/route.ts'
import { saveFile } from '../../lib/save-file.ts'
import { useActions, useApp } from '../../store/hooks.ts'
import { Announce } from '../../ui/Announce.tsx'
import { Button } from '../../ui/Button.tsx'
import { Disclosure } from '../../ui/Disclosure.tsx'
import { ErrorPanel } from '../../ui/ErrorPanel.tsx'
import { FileButton } from '../../ui/FileButton.tsx'
import { Panel } from '../../ui/Panel.tsx'
import css from './ListView.module.css'
import { RenameList } from './RenameList.tsx'

export function NotebookPanel() {
  const { lists, entries } = useApp((state) => state.notebook)
  const kept = useApp((state) => state.notebookKept)
  const report = useApp((state) => state.notebookReport)
  const error = useApp((state) => state.notebookError)
  const shown = useApp(({ route }) => (route?.view === 'list' ? route : undefined))
  const { removeList, renameList, saveNotebook, mergeNotebook, visit } = useActions()

  /** The address of the list that is shown follows. */
  const rename = ({ id, ...list }: OwnList, name: string): void => {
    const isShown = shown && isSameList(shown, list)
    renameList(id, name)
    if (isShown) void visit({ ...shown, name }, 'replace')
  }
  return (
    <Panel title="My lists, labels and notes">
      {error && <ErrorPanel error={error} />}
      <div className={css.body}>
        {lists.length > 0 && (
          <ul aria-label="My lists">
            {lists.map((list) => {
              const { id, name, model, source, features } = list
              return (
                <li key={id} className={css.own}>
                  <a href={formatRoute({ view: 'list', model, source, name, features, text: undefined })}>
                    {name}
                  </a>
                  <span className={css.quiet}>
                    {features.length} of {source}
                  </span>
                  <RenameList name={name} onRename={(next) => rename(list, next)} />
                  <Button look="pill" aria-label={`Remove the list ${name}`} onClick={() => removeList(id)}>
                    Remove
                  </Button>
                </li>
              )
            })}
          </ul>
        )}
        <p className={css.quiet}>
          {plural(lists.length, 'list')}, own words about {plural(entries.length, 'feature')}.{' '}
          {kept ? 'Kept in this browser only.' : 'This browser keeps them only until the page is closed.'}
        </p>
        <div className={css.row}>
          <Button
            disabled={lists.length + entries.length === 0}
            onClick={() => saveFile('featurescope-notebook.json', saveNotebook())}
          >
            Save all as a file
          </Button>
          <FileButton
            label="Notebook file"
            accept=".json"
            disabled={false}
            onFiles={([file]) => file && void mergeNotebook(file)}
          >
            Merge a file…
          </FileButton>
        </div>
        {report && <Report report={report} />}
      </div>
      <Announce>{report ? words(report) : ''}</Announce>
    </Panel>
  )
}

function words({ added, replaced, same, differed }: MergeReport): string {
  return `Merged: ${added} added, ${same} the same, ${differed.length} differed (${replaced} of them newer in the file).`
}

function Report({ report }: { report: MergeReport }) {
  return (
    <div>
      <p>{words(report)}</p>
      {report.differed.length > 0 && (
        <Disclosure summary="What differed">
          <ul>
            {report.differed.map(({ what, newer }) => (
              <li key={what}>
                {what}: the one {newer === 'here' ? 'from here' : 'in the file'} is newer and counts; the
                other is kept beside it.
              </li>
            ))}
          </ul>
        </Disclosure>
      )}
    </div>
  )
}

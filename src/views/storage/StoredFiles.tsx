// The stored files as a table, last used first.
import { formatBytes } from '../../lib/format.ts'
import type { StoredFile } from '../../lib/storage-state.ts'
import { useActions } from '../../store/hooks.ts'
import { Breakable } from '../../ui/Breakable.tsx'
import { Button } from '../../ui/Button.tsx'
import css from './StorageView.module.css'

const VERIFIED: Record<StoredFile['verified'], { text: string; why: string }> = {
  sha256: { text: 'SHA-256', why: 'Its bytes hash to what the hub says.' },
  size: { text: 'size', why: 'As long as the host said, all from one version; it gave no hash to check.' },
  packed: { text: 'packed', why: 'Made here from the model’s own files; every piece has a checksum.' },
  built: {
    text: 'built here',
    why: 'Made here from the SAE, an index also from texts and the model; it is made again when asked for.',
  },
  unknown: {
    text: 'unknown',
    why: 'This version of the page cannot read it: it does no harm, and can be deleted.',
  },
  incomplete: { text: 'not yet', why: 'The rest is fetched when it is opened again.' },
}

export function StoredFiles({ files }: { files: readonly StoredFile[] }) {
  const { deleteStored } = useActions()
  const sorted = [...files].sort((a, b) => b.lastUsed - a.lastUsed)
  return (
    <table className={css.table} aria-label="Stored files">
      <thead>
        <tr>
          <th scope="col">File</th>
          <th scope="col" className={css.revision}>
            Revision
          </th>
          <th scope="col" className={css.number}>
            Size
          </th>
          <th scope="col" className={css.present}>
            Present
          </th>
          <th scope="col" className={css.verified}>
            Checked
          </th>
          <th scope="col" className={css.used}>
            Last used
          </th>
          <th scope="col" className={css.action}>
            <span className="visually-hidden">Delete</span>
          </th>
        </tr>
      </thead>
      <tbody>
        {sorted.map((file) => {
          const { key, name, revision, size, present, verified, lastUsed } = file
          const slash = name.lastIndexOf('/')
          return (
            <tr key={key}>
              <th scope="row" title={name}>
                <span className={css.folder}>
                  <Breakable path={name.slice(0, slash + 1)} />
                </span>
                <span className={css.file}>{name.slice(slash + 1)}</span>
                <span className={css.short}>{formatBytes(size)}</span>
              </th>
              <td className={css.revision}>
                {revision ? <code title={revision}>{revision.slice(0, 8)}</code> : '–'}
              </td>
              <td className={css.number}>{formatBytes(size)}</td>
              <td className={css.present}>{shareOf(present, size)}</td>
              <td className={css.verified} title={VERIFIED[verified].why}>
                {VERIFIED[verified].text}
              </td>
              <td className={css.used}>
                <time dateTime={new Date(lastUsed).toISOString()} title={new Date(lastUsed).toLocaleString()}>
                  {agoOf(lastUsed)}
                </time>
              </td>
              <td className={css.action}>
                <Button look="pill" aria-label={`Delete: ${name}`} onClick={() => void deleteStored([key])}>
                  Delete
                </Button>
              </td>
            </tr>
          )
        })}
      </tbody>
    </table>
  )
}

function shareOf(present: number, size: number): string {
  if (present >= size) return 'whole'
  // Never "100%" of what is not whole.
  return `${Math.floor((100 * present) / size)}%`
}

const AGO = new Intl.RelativeTimeFormat('en', { numeric: 'auto' })

function agoOf(time: number): string {
  if (time === 0) return '–'
  const minutes = (time - Date.now()) / 60_000
  if (minutes > -1) return 'just now'
  if (minutes > -60) return AGO.format(Math.round(minutes), 'minute')
  return minutes > -1440
    ? AGO.format(Math.round(minutes / 60), 'hour')
    : AGO.format(Math.round(minutes / 1440), 'day')
}

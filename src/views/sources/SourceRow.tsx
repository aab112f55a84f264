// One source: what it reads, how wide and sparse it is, what it costs this machine, and the ways to it.
import type { CatalogueEntry } from '../../engine/protocol.ts'
import { formatBytes, formatNumber, formatWidth } from '../../lib/format.ts'
import type { StoredFile } from '../../lib/storage-state.ts'
import { SITE_NAMES } from '../../store/site-names.ts'
import type { Fit } from '../../store/source-fit.ts'
import { Button } from '../../ui/Button.tsx'
import css from './SourceTable.module.css'

interface SourceRowProps {
  entry: CatalogueEntry
  /** Place among the found ones, from 0. */
  index: number
  active: boolean
  isOpen: boolean
  disabled: boolean
  endpoint: string
  stored: StoredFile | undefined
  fit: Fit
  onFocus(): void
  onOpen(): void
}

export function SourceRow(props: SourceRowProps) {
  const { entry, index, active, isOpen, disabled, endpoint, stored, fit, onFocus, onOpen } = props
  const { model, source, layer, site, width, l0, bytes, canonical, neuronpedia } = entry
  const missing = entry.release === 'bundled' ? 0 : bytes - (stored?.present ?? 0)
  // Only the active row's own controls are stops of the Tab key; the arrow keys walk the rows.
  const tabIndex = active ? 0 : -1
  const text = isOpen ? 'Show' : missing > 0 ? `Open ${formatBytes(missing)}` : 'Open'
  return (
    <tr
      data-index={index}
      aria-rowindex={index + 2}
      aria-current={isOpen || undefined}
      tabIndex={tabIndex}
      className={css.row}
      onFocus={onFocus}
    >
      <th scope="row" className={css.source}>
        <span className={css.model}>
          {model}
          {canonical && <Canonical />}
        </span>
        <code className={css.id} title={source}>
          {source}
        </code>
        <span className={css.short}>{[placeOf(entry), `L0 ${Math.round(l0)}`].join(' · ')}</span>
      </th>
      <td className={css.layer}>{layer ?? '–'}</td>
      <td className={css.site}>{SITE_NAMES[site].short}</td>
      <td className={css.width}>{formatWidth(width)}</td>
      <td className={css.l0}>
        {canonical && <Canonical />}
        {formatNumber(l0)}
      </td>
      <td className={css.size}>{formatBytes(bytes)}</td>
      <td className={css.here} title={fit.why}>
        <span className={css.state}>{stateOf(entry, stored, isOpen)}</span>
        <span className={css.fit} data-over={fit.kept === false || fit.memory === 'too large' || undefined}>
          {fitText(fit)}
        </span>
      </td>
      <td className={css.links}>
        {entry.release !== 'bundled' && (
          <Outside href={hubPage(endpoint, entry)} name={`${source} on the hub`} tabIndex={tabIndex}>
            Hub
          </Outside>
        )}
        {neuronpedia && (
          <Outside
            href={`https://www.neuronpedia.org/${neuronpedia}`}
            name={`${source} on Neuronpedia`}
            tabIndex={tabIndex}
          >
            Neuronpedia
          </Outside>
        )}
      </td>
      <td className={css.action}>
        <Button
          look="quiet"
          className={css.open}
          tabIndex={tabIndex}
          disabled={disabled || (fit.memory === 'too large' && !isOpen)}
          title={fit.why}
          aria-label={`${text}: ${model} ${source}`}
          onClick={onOpen}
        >
          {text}
        </Button>
      </td>
    </tr>
  )
}

function Canonical() {
  return (
    <span className={css.canonical} title="The pick that Gemma Scope’s authors and Neuronpedia use">
      <span aria-hidden="true">●</span>
      <span className="visually-hidden">canonical </span>
    </span>
  )
}

interface OutsideProps {
  href: string
  name: string
  tabIndex: number
  children: string
}

/** Leads out of the page; nothing is fetched before it is followed, and where from is not told. */
function Outside({ href, name, tabIndex, children }: OutsideProps) {
  return (
    <a href={href} target="_blank" rel="noreferrer" tabIndex={tabIndex} aria-label={`${children}: ${name}`}>
      {children}
    </a>
  )
}

function placeOf({ layer, site, width }: CatalogueEntry): string {
  const parts = [layer, SITE_NAMES[site].short, formatWidth(width)]
  return parts.filter((part) => part !== undefined).join(' · ')
}

function stateOf(entry: CatalogueEntry, stored: StoredFile | undefined, isOpen: boolean): string {
  if (isOpen) return 'open'
  if (entry.release === 'bundled') return 'bundled'
  if (!stored) return ''
  if (stored.present >= stored.size) return 'stored'
  return `${Math.floor((100 * stored.present) / Math.max(1, stored.size))}% stored`
}

/** What does not fit is said; `too large` leaves nothing else to say. */
function fitText({ memory, kept }: Fit): string {
  if (kept !== false || memory === 'too large') return memory
  return memory === 'fits' ? 'fits, not kept' : `${memory}, not kept`
}

/** The folder of the SAE on the hub. */
function hubPage(endpoint: string, { repo, path }: CatalogueEntry): string {
  return `${endpoint}/${repo}/tree/main/${path.slice(0, path.lastIndexOf('/'))}`
}

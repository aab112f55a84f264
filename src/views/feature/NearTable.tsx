// Features beside a number or two, each with its label, its summary or what it promotes, and the way to it.
import { useEffect } from 'react'
import { type FeatureRoute, formatRoute } from '../../lib/route.ts'
import { useActions, useApp } from '../../store/hooks.ts'
import { summariesOf } from '../../store/summaries-slice.ts'
import { Chip } from '../../ui/Chip.tsx'
import { Computed } from '../../ui/Computed.tsx'
import css from './NearPanel.module.css'

export interface NearColumn {
  name: string
  meaning: string
  /** Whether the rows are in its order, where that can be chosen. */
  chosen?: boolean
  choose?(): void
}

interface NearTableProps {
  caption: string
  columns: readonly NearColumn[]
  rows: readonly { feature: number; cells: readonly string[]; note?: string }[]
  /** Of the feature they are near to. */
  route: FeatureRoute
}

export function NearTable({ caption, columns, rows, route }: NearTableProps) {
  const { loadWords } = useActions()
  const model = useApp((state) => state.model)
  const index = useApp((state) => state.index)
  const labels = useApp((state) => state.labels)
  const features = rows
    .map(({ feature }) => feature)
    .filter((feature) => !labels.has(feature))
    .join()
  // biome-ignore lint/correctness/useExhaustiveDependencies: an index that is found or built has words of its own.
  useEffect(() => {
    if (model && features) void loadWords(features.split(',').map(Number))
  }, [model, features, index, loadWords])
  return (
    <table className={css.table}>
      <caption className="visually-hidden">{caption}</caption>
      <thead>
        <tr>
          <th scope="col" colSpan={2}>
            feature
          </th>
          {columns.map(({ name, meaning, chosen, choose }) => (
            <th key={name} scope="col" title={meaning} aria-sort={chosen ? 'descending' : undefined}>
              {choose ? (
                <button type="button" className={css.sort} onClick={choose}>
                  {name}
                  {chosen ? ' ↓' : ''}
                </button>
              ) : (
                name
              )}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {rows.map(({ feature, cells, note }) => (
          <tr key={feature} title={note}>
            <th scope="row">
              <a href={formatRoute({ ...route, index: feature })}>{feature}</a>
            </th>
            <td className={css.label}>
              <Name feature={feature} />
            </td>
            {cells.map((cell, at) => (
              <td key={columns[at].name}>{cell}</td>
            ))}
          </tr>
        ))}
      </tbody>
    </table>
  )
}

function Name({ feature }: { feature: number }) {
  const label = useApp(({ labels }) => labels.get(feature))
  const summary = useApp((state) => summariesOf(state).get(feature))
  const promoted = useApp((state) => state.promoted.get(feature))
  if (label) return <span title={label.description}>{label.description}</span>
  if (summary) return <Computed text={summary} />
  return (
    <span className={css.promotes}>
      {promoted?.slice(0, 3).map(({ id, token }) => (
        <Chip key={id} piece={token} tone="plain" level={0.5} />
      ))}
    </span>
  )
}

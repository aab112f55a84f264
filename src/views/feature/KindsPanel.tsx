// In which kinds of documents the feature fires, and how much more there than elsewhere.
import { kindFigures } from '../../dashboard/figures.ts'
import type { IndexedFeature, IndexInfo } from '../../engine/protocol.ts'
import { formatDensity, formatNumber, plural } from '../../lib/format.ts'
import { Panel } from '../../ui/Panel.tsx'
import css from './KindsPanel.module.css'

interface KindsPanelProps {
  info: IndexInfo
  feature: IndexedFeature
}

/** Nothing where there is one kind only. */
export function KindsPanel({ info, feature: { statistics } }: KindsPanelProps) {
  const kinds = kindFigures(statistics, info.manifest.corpus.kinds)
  if (kinds.length < 2 || statistics.count === 0) return null
  const highest = Math.max(...kinds.map(({ density }) => density))
  return (
    <Panel
      title={`Kinds of document: fires in ${formatNumber(statistics.documents)} of ${formatNumber(info.manifest.documents)}`}
    >
      <table className={css.table}>
        <caption className="visually-hidden">Firings by kind of document</caption>
        <thead>
          <tr>
            <th scope="col">kind</th>
            <th scope="col">of its tokens</th>
            <th scope="col" title="Density here over that in the whole corpus">
              lift
            </th>
          </tr>
        </thead>
        <tbody>
          {kinds.map(({ name, firings, tokens, density, lift }) => (
            <tr key={name} title={`${plural(firings, 'firing')} on ${plural(tokens, 'token')}`}>
              <th scope="row">
                {name}
                <i
                  className={css.bar}
                  style={{ width: `${(100 * density) / highest}%` }}
                  aria-hidden="true"
                />
              </th>
              <td>{formatDensity(density)}</td>
              <td>{formatNumber(lift, lift < 10 ? 2 : 0)}×</td>
            </tr>
          ))}
        </tbody>
      </table>
    </Panel>
  )
}

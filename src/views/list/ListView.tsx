// Features that somebody gathered: those of the address, with what is known of each, beside the person's own lists.
import { useEffect } from 'react'
import type { BrowseRow, Label } from '../../engine/protocol.ts'
import { formatDensity, plural } from '../../lib/format.ts'
import { isSameList } from '../../lib/notebook.ts'
import { browseRoute, formatRoute, type ListRoute } from '../../lib/route.ts'
import { useActions, useApp, useAppStore } from '../../store/hooks.ts'
import { Button } from '../../ui/Button.tsx'
import { PageHead } from '../../ui/PageHead.tsx'
import { Panel } from '../../ui/Panel.tsx'
import { TinyHistogram } from '../../ui/TinyHistogram.tsx'
import { listFile } from '../result-tables.ts'
import { SaveTable } from '../SaveTable.tsx'
import css from './ListView.module.css'
import { NotebookPanel } from './NotebookPanel.tsx'

export function ListView({ route }: { route: ListRoute }) {
  const { model, source, name, features, text } = route
  const store = useAppStore()
  const open = useApp((state) => state.sae?.source === source)
  const rows = useApp((state) => state.browseRows)
  const labels = useApp((state) => state.labels)
  const own = useApp(({ notebook }) => notebook.lists.find((list) => isSameList(list, route)))
  const { loadBrowseRows, addList, toggleListed, visit } = useActions()

  // Also after the lines were emptied, as when labels changed.
  useEffect(() => {
    if (open && features.some((feature) => !rows.has(feature))) void loadBrowseRows(features)
  }, [open, features, rows, loadBrowseRows])

  const remove = (id: string, feature: number): void => {
    toggleListed(id, feature)
    void visit({ ...route, features: features.filter((one) => one !== feature) }, 'replace')
  }
  return (
    <>
      <PageHead title={name} lead={`${plural(features.length, 'feature')} of ${source}`}>
        <span className={css.ways}>
          {!own && features.length > 0 && (
            <Button onClick={() => addList({ model, source, name, features })}>Keep as my list</Button>
          )}
          <a href={formatRoute(browseRoute(model, source, text))}>All features of this source</a>
        </span>
      </PageHead>
      <div className={css.columns}>
        <Panel
          title="Features"
          actions={
            features.length > 0 && (
              <SaveTable
                name={`${source}-${name}`}
                file={async (format) => listFile(format, store.getState(), route)}
              />
            )
          }
        >
          {features.length === 0 ? (
            <p className={css.body}>
              <span className={css.quiet}>
                Nothing is in this list. “Add to list” on a feature’s page puts it into one.
              </span>
            </p>
          ) : (
            <div className={css.features} data-own={own !== undefined || undefined}>
              <p className={css.headings} aria-hidden="true">
                <span>feature</span>
                <span />
                <span className={css.number}>density</span>
                <span className={css.chart}>activations</span>
              </p>
              <ol aria-label="Features of the list">
                {features.map((feature) => (
                  <li key={feature} className={css.item}>
                    <span className={css.index}>{feature}</span>
                    <a
                      className={css.what}
                      href={formatRoute({ view: 'feature', model, source, index: feature, text })}
                    >
                      <What label={labels.get(feature)} row={rows.get(feature)} feature={feature} />
                    </a>
                    <Figures row={rows.get(feature)} />
                    {own && (
                      <Button
                        look="icon"
                        aria-label={`Take ${feature} out of the list`}
                        onClick={() => remove(own.id, feature)}
                      >
                        ×
                      </Button>
                    )}
                  </li>
                ))}
              </ol>
            </div>
          )}
        </Panel>
        <NotebookPanel />
      </div>
    </>
  )
}

interface WhatProps {
  label: Label | undefined
  row: BrowseRow | undefined
  feature: number
}

function What({ label, row, feature }: WhatProps) {
  const known = label ?? row?.label
  if (known) return known.description
  return <span className={css.computed}>{row?.summary || `feature ${feature}`}</span>
}

function Figures({ row }: { row: BrowseRow | undefined }) {
  const { density, histogram = [] } = row ?? {}
  return (
    <>
      <span className={css.number}>
        {density !== undefined && (
          <>
            <span className="visually-hidden">fires on </span>
            {formatDensity(density)}
            <span className="visually-hidden"> of tokens</span>
          </>
        )}
      </span>
      <span className={css.chart}>
        {histogram.some((count) => count > 0) && <TinyHistogram counts={histogram} />}
      </span>
    </>
  )
}

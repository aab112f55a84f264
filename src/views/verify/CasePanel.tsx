// One case: what was expected beside what was found, value by value.
import type { PublishedCase } from '../../lib/published-values.ts'
import type { Verdict, VerifyRow } from '../../lib/verify.ts'
import { type CaseResult, usedWords } from '../../lib/verify-report.ts'
import { ErrorPanel } from '../../ui/ErrorPanel.tsx'
import { Panel } from '../../ui/Panel.tsx'
import css from './VerifyView.module.css'

const SIGNS: Record<Verdict, string> = { right: '✓', wrong: '✗', 'not done': '–' }

export function CasePanel({ one, result }: { one: PublishedCase; result: CaseResult }) {
  return (
    <Panel title={one.title} busy={result.state === 'running'}>
      <div className={css.body}>
        {result.state === 'running' && <p className={css.note}>Running …</p>}
        {result.state === 'cancelled' && <p className={css.note}>Cancelled before it was done.</p>}
        {result.state === 'failed' && <ErrorPanel error={result.error} />}
        {result.state === 'done' && (
          <>
            <Rows title={one.title} rows={result.rows} />
            <p className={css.note}>{usedWords(result.used)}.</p>
          </>
        )}
        <p className={css.note}>
          {one.run && <>Text: “{one.run.text}” </>}
          Expected values: {one.source}.
        </p>
      </div>
    </Panel>
  )
}

function Rows({ title, rows }: { title: string; rows: readonly VerifyRow[] }) {
  return (
    <table className={css.table} aria-label={title}>
      <thead>
        <tr>
          <th scope="col">Value</th>
          <th scope="col">Expected (±)</th>
          <th scope="col">Found</th>
          <th scope="col">Verdict</th>
        </tr>
      </thead>
      <tbody>
        {rows.map(({ what, expected, found, tolerance, verdict }) => (
          <tr key={what}>
            <th scope="row">{what}</th>
            <td>
              {expected} <small className={css.note}>{tolerance}</small>
            </td>
            <td>{found ?? 'nothing'}</td>
            <td className={css.verdict} data-verdict={verdict}>
              <span aria-hidden="true">{SIGNS[verdict]}</span> {verdict}
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  )
}

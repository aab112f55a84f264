// How the text that is shown now looks to this source, beside what was published of it.
import type { SaeInfo } from '../../engine/protocol.ts'
import { formatNumber, formatShare, plural } from '../../lib/format.ts'
import { useApp } from '../../store/hooks.ts'
import { Disclosure } from '../../ui/Disclosure.tsx'
import { Panel } from '../../ui/Panel.tsx'
import { FarApart } from '../FarApart.tsx'
import css from './CurrentText.module.css'
import { useOrigin } from './use-origin.ts'

export function CurrentText({ sae }: { sae: SaeInfo }) {
  const run = useApp((state) => state.shown)
  const busy = useApp((state) => state.running !== undefined)
  const { entry } = useOrigin(sae)
  const shown = run?.source === sae.source ? run : undefined
  const published = sae.published ?? entry
  const rows = [
    { name: 'L0', here: shown?.result.l0, there: published?.l0, words: inTenths },
    { name: 'FVU', here: shown?.result.fvu, there: published?.fvu, words: inThousandths },
    { name: 'CE recovered', here: undefined, there: published?.ceRecovered, words: inThousandths },
    { name: 'dead features', here: undefined, there: published?.deadShare, words: formatShare },
  ].filter(({ name, there }) => name === 'L0' || name === 'FVU' || there !== undefined)
  return (
    <Panel title="On the current text" busy={busy}>
      <table className={css.figures}>
        <thead>
          <tr>
            <td />
            <th scope="col">this text</th>
            <th scope="col">published</th>
          </tr>
        </thead>
        <tbody>
          {rows.map(({ name, here, there, words }) => (
            <tr key={name}>
              <th scope="row">{name}</th>
              <td>{figure(here, words)}</td>
              <td>{figure(there, words)}</td>
            </tr>
          ))}
        </tbody>
      </table>
      {shown ? (
        <>
          <p className={css.note}>Over {plural(Math.max(0, shown.result.features.rows - 1), 'token')}.</p>
          <FarApart shown={shown} />
        </>
      ) : (
        <p className={css.note}>
          {busy
            ? 'The text is being run.'
            : 'No text was run in this source yet: “Features of a text”, above, runs one.'}
        </p>
      )}
      <Disclosure summary="How was this computed?">
        <p>
          L0 is the mean count of active features over tokens, FVU the fraction of variance unexplained, Σ‖y −
          ŷ‖² / Σ‖y − mean(y)‖²; position 0 (<code>&lt;bos&gt;</code>) is left out of both. Published figures
          are averages over the text the SAE was measured on. A warning appears where L0 is more than 3 times
          higher or lower, FVU more than 3 times higher, or FVU above 1; for few tokens n the 3 is 3 · (1 + 2
          / √n).
        </p>
      </Disclosure>
    </Panel>
  )
}

const inTenths = (value: number): string => formatNumber(value, 1)
const inThousandths = (value: number): string => formatNumber(value, 3)

function figure(value: number | undefined, words: (value: number) => string): string {
  return value === undefined || Number.isNaN(value) ? '–' : words(value)
}

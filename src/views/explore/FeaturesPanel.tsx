// The features active on the text, or on the hovered or locked tokens, strongest first: as a list or by token.
import { type ComponentType, lazy, type ReactNode, Suspense, useState } from 'react'
import { formatNumber, formatShare, plural } from '../../lib/format.ts'
import type { Ranking } from '../../lib/listing.ts'
import { tokenName } from '../../lib/token-text.ts'
import { useActions, useApp, useAppStore } from '../../store/hooks.ts'
import type { RunShown } from '../../store/types.ts'
import { Announce } from '../../ui/Announce.tsx'
import { Button } from '../../ui/Button.tsx'
import { Panel } from '../../ui/Panel.tsx'
import { Segmented } from '../../ui/Segmented.tsx'
import { Skeleton } from '../../ui/Skeleton.tsx'
import { SaveTable } from '../SaveTable.tsx'
import { UnknownFigures } from '../UnknownFigures.tsx'
import { FeatureHeat } from './FeatureHeat.tsx'
import { FeatureRows } from './FeatureRows.tsx'
import css from './FeaturesPanel.module.css'
import { ListControls } from './ListControls.tsx'
import { type Ranked, useRanked } from './use-ranked.ts'

/** Its code is needed for sources of the hub only; without it, there are no labels from elsewhere. */
const LabelsOfRows = lazy<ComponentType<{ rows: unknown }>>(async () => ({
  default: await import('../labels/LabelsInSight.tsx').then(
    (part) => part.LabelsOfRows,
    () => () => null,
  ),
}))

/** Rows added by each "more". */
const MORE = 100

const RANKINGS: readonly { value: Ranking; text: string; title?: string }[] = [
  { value: 'max', text: 'Max', title: 'Highest activation' },
  { value: 'sum', text: 'Sum', title: 'Sum of activations' },
  { value: 'count', text: 'Count', title: 'Tokens it is active on' },
  {
    value: 'ratio',
    text: 'Ratio',
    title: 'Highest activation here, of the highest that is known of the feature',
  },
]

export function FeaturesPanel() {
  const shown = useApp((state) => state.shown)
  const busy = useApp((state) => Boolean(state.opening ?? state.running))
  const ready = useApp((state) => Boolean(state.sae ?? state.openError ?? state.routeError))
  if (shown) return <ShownFeatures key={shown.source} shown={shown} busy={busy} />
  return (
    <Panel title="Active features" busy={busy}>
      {ready && !busy ? (
        <p className={css.empty}>The features of a text appear here once it has run.</p>
      ) : (
        <Skeleton lines={9} />
      )}
    </Panel>
  )
}

function ShownFeatures({ shown, busy }: { shown: RunShown; busy: boolean }) {
  const listing = useApp((state) => state.listing)
  const bos = useApp((state) => state.bos)
  const published = useApp(({ sae }) => sae?.source === shown.source && sae.repo.startsWith('google/'))
  const { setListing, setBos, loadFigures } = useActions()
  const [extra, setExtra] = useState(0)
  const ranked = useRanked(shown, extra)
  const locked = useApp((state) => state.lockedTokens)
  const { chosen, top, total } = ranked
  const { ranking, show, k } = listing
  const more = show === 'list' ? total - top.length : 0
  // What is only looked at says its figures itself, as the token's description.
  const isLocked = chosen.length > 0 && chosen.every((token) => locked.includes(token))
  return (
    <Panel
      className={css.panel}
      busy={busy || ranked.waiting}
      title={<Title chosen={chosen} shown={shown} />}
      actions={
        <Segmented
          label="Order by"
          value={ranking}
          choices={RANKINGS}
          onChange={(by) => setListing({ ranking: by })}
        />
      }
    >
      <ListControls perToken={chosen.length > 1} />
      {ranked.used && (
        <UnknownFigures
          known={ranked.known}
          used={ranked.used}
          place={shown}
          onAgain={() => void loadFigures()}
        />
      )}
      {top.length === 0 && <p className={css.empty}>{nothing(ranked, bos, shown.result.features.rows)}</p>}
      {top.length > 0 && show === 'list' && (
        <FeatureRows ranked={top} shown={shown} ranking={ranking} busy={busy || ranked.waiting} />
      )}
      {top.length > 0 && show === 'heat' && <FeatureHeat ranked={top} shown={shown} busy={busy} />}
      {published && (
        <Suspense>
          <LabelsOfRows rows={top} />
        </Suspense>
      )}
      <Announce>
        {isLocked ? `Locked: ${plural(total, 'active feature')} on ${nameOf(chosen, shown)}` : ''}
      </Announce>
      <div className={css.foot}>
        <span>
          {formatNumber(total)} {chosen.length > 0 ? 'active here' : 'active'} of{' '}
          {plural(shown.result.features.width, 'feature')}
          {ranked.hidden > 0 && `, ${formatNumber(ranked.hidden)} denser ones hidden`}
        </span>
        <Button look="pill" onClick={() => setBos(!bos)}>
          {bos ? 'Exclude' : 'Include'} <code>&lt;bos&gt;</code>
        </Button>
        {top.length > 0 && <SaveRanking ranked={ranked} shown={shown} />}
        {more > 0 && (
          <Button look="pill" onClick={() => setExtra(extra + MORE)}>
            {formatNumber(more)} more
          </Button>
        )}
        {more === 0 && extra > 0 && show === 'list' && (
          <Button look="pill" onClick={() => setExtra(0)}>
            Top {k} only
          </Button>
        )}
      </div>
    </Panel>
  )
}

/** The listed features as a file; what writes it is fetched then. */
function SaveRanking({ ranked, shown }: SaveRankingProps) {
  const store = useAppStore()
  return (
    <SaveTable
      name={`${shown.source}-ranking`}
      file={async (format) => {
        const { rankingFile } = await import('../result-tables.ts')
        return rankingFile(format, store.getState(), shown, ranked)
      }}
    />
  )
}

function Title({ chosen, shown }: { chosen: readonly number[]; shown: RunShown }): ReactNode {
  if (chosen.length === 0) return 'Active features'
  if (chosen.length > 1) return `Active features on ${nameOf(chosen, shown)}`
  return (
    <>
      <span className={css.prefix}>Active features on </span>
      <strong>{nameOf(chosen, shown)}</strong>
    </>
  )
}

/** Tokens that were chosen, in words. */
function nameOf(chosen: readonly number[], { result }: RunShown): string {
  if (chosen.length > 1) return `${chosen.length} tokens`
  const span = result.spans.find(({ first, count }) => chosen[0] >= first && chosen[0] < first + count)
  return span ? tokenName(span.text) : `token ${chosen[0]}`
}

interface SaveRankingProps {
  ranked: Ranked
  shown: RunShown
}

function nothing({ chosen, hidden, dense }: Ranked, bos: boolean, tokens: number): string {
  if (hidden > 0 && dense !== undefined) {
    return `All ${formatNumber(hidden)} features that are active fire on more than ${formatShare(dense)} of tokens.`
  }
  if (chosen.length === 0) return 'No feature is active on this text.'
  if (!bos && chosen.length === 1 && chosen[0] === 0) {
    return 'The first token is left out: its activations are outliers that mean little. Include it below.'
  }
  const outside = chosen.find((position) => position >= tokens)
  if (outside !== undefined)
    return `This text has no token ${outside}: its ${tokens} are numbered from 0. Esc unlocks.`
  return 'No feature is active here.'
}

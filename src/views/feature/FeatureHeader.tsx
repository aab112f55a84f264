// Which feature this is, and the way to the next one.
import { featureFigures } from '../../dashboard/figures.ts'
import { phrasesOf } from '../../dashboard/summary.ts'
import type { Dashboard, IndexedFeature, IndexInfo } from '../../engine/protocol.ts'
import { formatCount, formatShare } from '../../lib/format.ts'
import { browseRoute, exploreRoute, type FeatureRoute, formatRoute } from '../../lib/route.ts'
import { pieceText } from '../../lib/token-text.ts'
import { useActions, useApp } from '../../store/hooks.ts'
import { Button } from '../../ui/Button.tsx'
import { Chip } from '../../ui/Chip.tsx'
import { LabelsInSight } from '../labels/LabelsInSight.tsx'
import { useNeuronpedia } from '../labels/use-neuronpedia.ts'
import css from './FeatureHeader.module.css'
import { OwnNotes } from './OwnNotes.tsx'
import { SavePage } from './SavePage.tsx'

interface FeatureHeaderProps {
  route: FeatureRoute
  dashboard: Dashboard | undefined
  indexed: { info: IndexInfo; feature: IndexedFeature } | undefined
  /** Whether there may still be something to come from an index. */
  waiting: boolean
}

export function FeatureHeader({ route, dashboard, indexed, waiting }: FeatureHeaderProps) {
  const { index, model, source } = route
  const width = useApp((state) => state.sae?.dSae)
  const text = useApp((state) => state.shown?.text)
  const open = useApp((state) => state.sae?.source === source)
  const neuronpedia = useNeuronpedia()
  const label = useApp((state) => state.labels.get(route.index)) ?? dashboard?.label
  const back = useApp(({ listRoute: list }) =>
    list?.model === route.model && list.source === route.source ? list : undefined,
  )
  const { stepFeature, randomFeature } = useActions()
  return (
    <header className={css.head}>
      <div className={css.name}>
        <p className={css.back}>
          <a href={formatRoute(exploreRoute(model, source, route.text ?? text))}>
            ← All features of this text
          </a>
          <a href={formatRoute(back ?? browseRoute(model, source, route.text ?? text))}>
            {back ? '← Back to the list' : 'All features of this source'}
          </a>
          {open && neuronpedia && (
            <a
              href={`https://www.neuronpedia.org/${neuronpedia}/${index}`}
              rel="noopener noreferrer"
              target="_blank"
            >
              Open on Neuronpedia ↗
            </a>
          )}
        </p>
        <h1 className={css.title}>
          <span className={css.index}>{index}</span>{' '}
          {label ? label.description : <Unlabelled dashboard={dashboard} />}
        </h1>
        {label && (
          <p className={css.author}>
            label by {label.author}, {label.method}
          </p>
        )}
        {open && (!label || label.method.includes('Neuronpedia API')) && <LabelsInSight indices={[index]} />}
        {indexed && <Computed {...indexed} />}
        {waiting && <ComputedLater />}
        <OwnNotes route={route}>
          {dashboard ? (
            <SavePage route={route} dashboard={dashboard} indexed={indexed} />
          ) : (
            <Button look="pill" disabled>
              Save as HTML
            </Button>
          )}
        </OwnNotes>
      </div>
      <nav className={css.nav} aria-label="Features">
        <Button
          disabled={index === 0}
          onClick={() => stepFeature(-1)}
          title="Previous feature (k)"
          aria-keyshortcuts="k"
        >
          ← <kbd>k</kbd>
          <span className="visually-hidden">Previous feature</span>
        </Button>
        <Button
          disabled={width !== undefined && index >= width - 1}
          onClick={() => stepFeature(1)}
          title="Next feature (j)"
          aria-keyshortcuts="j"
        >
          <kbd>j</kbd> →<span className="visually-hidden">Next feature</span>
        </Button>
        <Button onClick={randomFeature} title="Any feature of this source (r)" aria-keyshortcuts="r">
          Random
        </Button>
      </nav>
    </header>
  )
}

/** The room of what the counts will say. */
export function ComputedLater() {
  return (
    <p className={`${css.author} ${css.later}`} aria-hidden="true">
      &nbsp;
    </p>
  )
}

/** What the counts say of it, marked as that, and whether it is one to be careful with. */
export function Computed({ info, feature }: { info: IndexInfo; feature: IndexedFeature }) {
  const { statistics, countedTokens, pieces } = feature
  const { verdict, density } = featureFigures(statistics, countedTokens)
  return (
    <>
      {verdict === 'dead' && (
        <p className={css.verdict}>
          Dead: it fires on none of the {formatCount(countedTokens)} tokens of {info.manifest.corpus.name}.
        </p>
      )}
      {verdict === 'dense' && (
        <p className={css.verdict}>
          Very dense: it fires on {formatShare(density)} of tokens. Features like this rarely stand for one
          thing.
        </p>
      )}
      {verdict !== 'dead' && (
        <p className={css.author}>
          <span className={css.computed} title="Put together from counts, not written by anybody">
            computed
          </span>{' '}
          {phrasesOf(statistics, pieces, { countedTokens, kinds: info.manifest.corpus.kinds })}
        </p>
      )}
    </>
  )
}

/** In place of a label: what it promotes. */
export function Unlabelled({ dashboard }: { dashboard: Dashboard | undefined }) {
  const top = dashboard?.logits?.top.slice(0, 3)
  if (!top) return <span className={css.unlabelled}>no label</span>
  return (
    <span className={css.unlabelled}>
      promotes{' '}
      {top.map(({ id, token }) => (
        <Chip key={id} piece={pieceText(token)} tone="plain" level={0.6} />
      ))}
    </span>
  )
}

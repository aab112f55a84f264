// Paste a text, see its active features: text and tokens on the left, features on the right.

import { plural } from '../../lib/format.ts'
import { useApp } from '../../store/hooks.ts'
import { Announce } from '../../ui/Announce.tsx'
import { PredictionsPanel } from '../depth/PredictionsPanel.tsx'
import { TextPlace, useAlone } from '../TextPlace.tsx'
import { TextTabs } from '../TextTabs.tsx'
import css from './ExploreView.module.css'
import { FeaturesPanel } from './FeaturesPanel.tsx'
import { TokensPanel } from './TokensPanel.tsx'

export function ExploreView() {
  const shown = useApp((state) => state.shown)
  const alone = useAlone()
  const announcement = shown
    ? `${plural(shown.result.features.rows, 'token')}, ${plural(shown.columns.features.length, 'active feature')}`
    : ''
  return (
    <>
      <h1 className="visually-hidden">Active features of a text</h1>
      <TextTabs />
      <div className={css.columns}>
        <div className={css.left}>
          <TextPlace>
            <TokensPanel />
          </TextPlace>
        </div>
        <div className={css.features}>
          <FeaturesPanel />
        </div>
        {shown && !alone && (
          <div className={css.deeper}>
            <PredictionsPanel shown={shown} />
          </div>
        )}
      </div>
      <Announce>{announcement}</Announce>
    </>
  )
}

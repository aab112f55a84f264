// Paste a text, see its active features: text and tokens on the left, features on the right.

import { plural } from '../../lib/format.ts'
import { modelFits } from '../../lib/model-fits.ts'
import { useApp } from '../../store/hooks.ts'
import { Announce } from '../../ui/Announce.tsx'
import { LayersPanel } from '../depth/LayersPanel.tsx'
import { PredictionsPanel } from '../depth/PredictionsPanel.tsx'
import { PlanPanel } from '../plan/PlanPanel.tsx'
import { TextRunner } from '../TextRunner.tsx'
import css from './ExploreView.module.css'
import { FeaturesPanel } from './FeaturesPanel.tsx'
import { NoModel } from './NoModel.tsx'
import { TokensPanel } from './TokensPanel.tsx'

export function ExploreView() {
  const shown = useApp((state) => state.shown)
  /** An SAE alone: a text cannot be run, activations can be given. */
  const alone = useApp(
    ({ sae, model, activations, opening }) =>
      sae !== undefined && !opening && !activations && !modelFits(model, sae),
  )
  const plan = useApp((state) => state.modelPlan)
  const announcement = shown
    ? `${plural(shown.result.features.rows, 'token')}, ${plural(shown.columns.features.length, 'active feature')}`
    : ''
  return (
    <div className={css.columns}>
      <h1 className="visually-hidden">Active features of a text</h1>
      <div className={css.left}>
        {alone ? (
          <>
            {plan && <PlanPanel shown={plan} />}
            <NoModel />
          </>
        ) : (
          <>
            <TextRunner />
            <TokensPanel />
          </>
        )}
      </div>
      <div className={css.features}>
        <FeaturesPanel />
      </div>
      {shown && !alone && (
        <div className={css.deeper}>
          <PredictionsPanel shown={shown} />
          <LayersPanel shown={shown} />
        </div>
      )}
      <Announce>{announcement}</Announce>
    </div>
  )
}

// Paste a text, see its active features: text and tokens on the left, features on the right.
import { Announce } from '../../ui/Announce.tsx'
import { useApp } from '../../store/hooks.ts'
import { plural } from '../../lib/format.ts'
import { TextRunner } from '../TextRunner.tsx'
import css from './ExploreView.module.css'
import { FeaturesPanel } from './FeaturesPanel.tsx'
import { TokensPanel } from './TokensPanel.tsx'

export function ExploreView() {
  const shown = useApp((state) => state.shown)
  const announcement = shown
    ? `${plural(shown.result.features.rows, 'token')}, ${plural(shown.columns.features.length, 'active feature')}`
    : ''
  return (
    <div className={css.columns}>
      <h1 className="visually-hidden">Active features of a text</h1>
      <div className={css.left}>
        <TextRunner />
        <TokensPanel />
      </div>
      <FeaturesPanel />
      <Announce>{announcement}</Announce>
    </div>
  )
}

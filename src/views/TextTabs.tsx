// The ways a text is looked at: the features of one source, the layers side by side, beside another text or source.
import { compareRoute, exploreRoute, formatRoute, layersRoute, type Route } from '../lib/route.ts'
import { useApp } from '../store/hooks.ts'
import css from './TextTabs.module.css'

export function TextTabs() {
  const route = useApp((state) => state.route)
  const shownText = useApp((state) => state.shown?.text)
  // Its room is there before the address is understood: what is below stays where it is.
  if (!route) {
    return (
      <div className={css.tabs} aria-hidden="true">
        <span className={css.tab}>&nbsp;</span>
      </div>
    )
  }
  const { model, source, view } = route
  const text = route.text ?? shownText
  const tabs: { name: string; at: string; to: Route }[] = [
    { name: 'Features', at: 'explore', to: exploreRoute(model, source, text) },
    { name: 'Layers', at: 'layers', to: view === 'layers' ? route : layersRoute(model, source, text) },
    { name: 'Compare', at: 'compare', to: view === 'compare' ? route : compareRoute(model, source, text) },
  ]
  return (
    <nav className={css.tabs} aria-label="Views of the text">
      {tabs.map(({ name, at, to }) => (
        <a
          key={at}
          href={formatRoute(to)}
          className={css.tab}
          aria-current={view === at ? 'page' : undefined}
        >
          {name}
        </a>
      ))}
    </nav>
  )
}

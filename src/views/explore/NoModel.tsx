// What the explore page says where an SAE is open and no model that fits it: what can be done with it now.
import { browseRoute, formatRoute } from '../../lib/route.ts'
import { modelPlaces } from '../../lib/runnable-models.ts'
import { useActions, useApp } from '../../store/hooks.ts'
import { UNKNOWN_MODEL } from '../../store/types.ts'
import { Breakable } from '../../ui/Breakable.tsx'
import { Button } from '../../ui/Button.tsx'
import { Panel } from '../../ui/Panel.tsx'
import css from './NoModel.module.css'

export function NoModel() {
  const sae = useApp((state) => state.sae)
  const model = useApp((state) => state.model)
  const planned = useApp((state) => state.modelPlan !== undefined)
  const { planModel } = useActions()
  if (!sae) return null
  const places = sae.hookIn && sae.model ? modelPlaces(sae.model) : []
  const place = sae.model ?? model?.id ?? UNKNOWN_MODEL
  const hook = sae.hookIn ? <code>{sae.hookIn}</code> : <>a place its files do not name</>
  return (
    <Panel title="No model for this source is open">
      <div className={css.body}>
        <p>
          <b>
            <Breakable path={sae.source} />
          </b>{' '}
          is ready. It reads {sae.dIn} numbers a token at {hook}
          {sae.model && <> of {sae.model}</>}
          {model ? `; ${model.id}, which is open, has none that fit.` : '.'}
        </p>
        {places.length > 0 && !planned && (
          <div className={css.places}>
            <p>
              The page can run <b>{sae.model}</b> itself, from its files on the hub. What that takes is shown
              first.
            </p>
            {places.map(({ repo, gated }) => (
              <Button key={repo} look={gated ? 'quiet' : 'strong'} onClick={() => void planModel(repo)}>
                {gated ? `Use ${repo} (gated, needs your token)` : `Run ${repo} …`}
              </Button>
            ))}
          </div>
        )}
        {sae.model && places.length === 0 && sae.hookIn && (
          <p>
            The page cannot run {sae.model}: it runs Gemma 2, and Gemma 3 at 270M and 1B. The larger ones
            scale their rotary angles, which is not built.
          </p>
        )}
        <p>
          {places.length > 0 ? 'Or drop' : 'Drop'} <b>activations</b> of that hook anywhere on this page
          (.npy, .npz or .safetensors, [tokens, {sae.dIn}]), or drop the <b>model’s folder</b>. Features can
          be looked at one by one already.
        </p>
        <p>
          <a href={formatRoute(browseRoute(place, sae.source, undefined))}>All its features</a>
          {' · '}
          <a href={formatRoute({ view: 'source', model: place, source: sae.source, text: undefined })}>
            About this source
          </a>
          {' · '}
          <a href={formatRoute({ view: 'sources' })}>
            Open something from this machine, or choose another source
          </a>
        </p>
      </div>
    </Panel>
  )
}

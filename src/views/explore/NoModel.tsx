// What the explore page says where an SAE is open and no model that fits it: what can be done with it now.
import type { SaeInfo } from '../../engine/protocol.ts'
import { formatRoute } from '../../lib/route.ts'
import { useApp } from '../../store/hooks.ts'
import { UNKNOWN_MODEL } from '../../store/types.ts'
import { Panel } from '../../ui/Panel.tsx'
import css from './NoModel.module.css'

function aboutSource(sae: SaeInfo, openModel: string | undefined): string {
  const model = sae.model ?? openModel ?? UNKNOWN_MODEL
  return formatRoute({ view: 'source', model, source: sae.source, text: undefined })
}

export function NoModel() {
  const sae = useApp((state) => state.sae)
  const model = useApp((state) => state.model)
  if (!sae) return null
  const hook = sae.hookIn ? <code>{sae.hookIn}</code> : <>a place its files do not name</>
  return (
    <Panel title="No model for this source is open">
      <div className={css.body}>
        <p>
          <b>{sae.source}</b> is ready. It reads {sae.dIn} numbers a token at {hook}
          {sae.model && <> of {sae.model}</>}
          {model ? `; ${model.id}, which is open, has none that fit.` : '.'}
        </p>
        <p>
          Drop <b>activations</b> of that hook anywhere on this page (.npy, .npz or .safetensors, [tokens,{' '}
          {sae.dIn}]), or drop the <b>model’s folder</b>. Features can be looked at one by one already.
        </p>
        <p>
          <a href={aboutSource(sae, model?.id)}>About this source</a>
          {' · '}
          <a href={formatRoute({ view: 'sources' })}>
            Open something from this machine, or choose another source
          </a>
        </p>
      </div>
    </Panel>
  )
}

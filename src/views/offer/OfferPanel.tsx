// A link or a pick that needs a download: what it is, how large, and the choice.
import { formatBytes, formatWidth } from '../../lib/format.ts'
import { useActions, useApp } from '../../store/hooks.ts'
import type { Offer } from '../../store/types.ts'
import { Button } from '../../ui/Button.tsx'
import { Panel } from '../../ui/Panel.tsx'
import css from './OfferPanel.module.css'

export function OfferPanel({ offer }: { offer: Offer }) {
  const opening = useApp((state) => Boolean(state.opening))
  const { acceptOffer, declineOffer } = useActions()
  const { entry, route, present } = offer
  const bytes = entry && entry.bytes - present
  return (
    <Panel title="Not on this machine yet" className={css.offer}>
      <div className={css.body}>
        {entry ? (
          <p>
            <b>{route.source}</b> is a sparse autoencoder of <b>{entry.model}</b>
            {entry.layer === undefined ? '' : `, layer ${entry.layer}`}, with {formatWidth(entry.width)}{' '}
            features and an average L0 of {Math.round(entry.l0)}. It comes from <code>{entry.repo}</code> on
            the hub: <b>{formatBytes(entry.bytes)}</b>
            {present > 0 && <>, of which {formatBytes(present)} are stored here already</>}.
          </p>
        ) : (
          <p>
            This link names a file on another host, <code>{route.source}</code>. Its size is known once it
            answers. Open it only if you trust where the link comes from.
          </p>
        )}
        <p className={css.note}>
          It is kept in this browser’s storage, where the Storage page lists and deletes it. A cancelled
          download goes on from where it was.
        </p>
        <div className={css.actions}>
          <Button look="strong" disabled={opening} onClick={() => void acceptOffer()}>
            {bytes === undefined ? 'Open it' : `Download ${formatBytes(bytes)}`}
          </Button>
          <Button onClick={() => void declineOffer()}>Not now</Button>
        </div>
      </div>
    </Panel>
  )
}

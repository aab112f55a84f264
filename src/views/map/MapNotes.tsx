// What a map like this does not show, how this one came to be, and how far it can be believed.
import type { FeatureMap } from '../../engine/protocol.ts'
import { formatDuration, formatNumber, formatShare, plural } from '../../lib/format.ts'
import { Disclosure } from '../../ui/Disclosure.tsx'
import css from './MapNotes.module.css'

export function MapNotes({ map, path }: { map: FeatureMap; path: string }) {
  const { parameters, trust } = map
  const { width, searchWidth, seed, neighbours, minDist, epochs, library } = parameters
  return (
    <div className={css.notes}>
      <p>
        Only who is near whom means something here, and not always: {formatShare(trust.kept)} of each
        feature’s 10 nearest by decoder direction are among its 30 nearest on this map. Distances between far
        clusters, the sizes of clusters and how dense they are mean nothing, and two points side by side may
        be unrelated. It is made of decoder directions, not of what features do on texts.
      </p>
      <Disclosure summary="How was this computed?">
        <p>
          Of each of {plural(map.features.length, 'feature')}
          {map.sampled &&
            ` (a sample drawn with seed ${seed}, each of the ${formatNumber(map.dSae)} as likely as any other)`}{' '}
          the {neighbours} with the most similar decoder row of <code>{path}</code>, by cosine:{' '}
          {searchWidth < width
            ? `all pairs in a random projection from ${formatNumber(width)} to ${searchWidth} dimensions, the ${
                6 * neighbours
              } best of each again in full, in 8 bits`
            : `all pairs, the ${neighbours} best again in 8 bits`}
          ; this found {formatShare(trust.found)} of the true 10 nearest. Their distances 1 − cosine were laid
          out by UMAP ({library}; minDist {minDist}, {epochs} epochs, random beginning, seed {seed}). The same
          browser makes the same map of a source; another one, which rounds powers otherwise, the same
          neighbours in other places. It took {formatDuration(map.milliseconds / 1000)}.
        </p>
        <p>
          Both shares were measured on {plural(trust.sample, 'feature')}, compared with all others; on a map
          of shuffled places {formatShare(trust.byChance)} would be near. Densities are of the activation
          index, or published.
        </p>
      </Disclosure>
    </div>
  )
}

// How many features are listed, how dense they may be, and whether they are a list or a map over the tokens.
import { memo } from 'react'
import { type Listing, MOST_K } from '../../lib/listing.ts'
import { useActions, useApp } from '../../store/hooks.ts'
import { NumberField } from '../../ui/NumberField.tsx'
import { Segmented } from '../../ui/Segmented.tsx'
import { HighestDensity } from '../HighestDensity.tsx'
import css from './ListControls.module.css'

const SHOWS: readonly { value: Listing['show']; text: string }[] = [
  { value: 'list', text: 'List' },
  { value: 'heat', text: 'Heat map' },
]

/** `perToken`: several tokens are looked at, and each has its own first features. */
export const ListControls = memo(function ListControls({ perToken }: { perToken: boolean }) {
  const { show, k, dense } = useApp((state) => state.listing)
  const { setListing } = useActions()
  return (
    <div className={css.controls}>
      <Segmented
        label="Show as"
        value={show}
        choices={SHOWS}
        onChange={(next) => setListing({ show: next })}
      />
      <NumberField
        label={perToken ? 'Top, a token' : 'Top'}
        value={k}
        min={1}
        max={MOST_K}
        onChange={(next) => setListing({ k: next })}
      />
      <HighestDensity dense={dense} onChange={(next) => setListing({ dense: next })} />
    </div>
  )
})

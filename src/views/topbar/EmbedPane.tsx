// A feature for somebody else's page: which parts, how large, the HTML to paste, and how it will look.
import { Popover } from 'radix-ui'
import { useState } from 'react'
import { EMBED_PARTS, type Embed, WHOLE_EMBED } from '../../lib/embed.ts'
import { embedSnippet } from '../../lib/embed-snippet.ts'
import { type FeatureRoute, formatRoute } from '../../lib/route.ts'
import { useAppStore } from '../../store/hooks.ts'
import { Announce } from '../../ui/Announce.tsx'
import { Button } from '../../ui/Button.tsx'
import css from './EmbedPane.module.css'

const SMALLEST = 120
const LARGEST = 4000

export function EmbedPane({ route }: { route: FeatureRoute }) {
  return (
    <Popover.Root>
      <Popover.Trigger asChild>
        <Button look="pill" aria-label="Embed" title="Put this feature into another page">
          <svg className={css.sign} viewBox="0 0 16 16" aria-hidden="true">
            <path d="M5.5 4L1.5 8l4 4M10.5 4l4 4-4 4" />
          </svg>
        </Button>
      </Popover.Trigger>
      <Popover.Portal>
        <Popover.Content className={css.pane} align="end" sideOffset={6} aria-label="Embed">
          <Contents route={route} />
        </Popover.Content>
      </Popover.Portal>
    </Popover.Root>
  )
}

function Contents({ route }: { route: FeatureRoute }) {
  const store = useAppStore()
  const [embed, setEmbed] = useState<Embed>(WHOLE_EMBED)
  const [size, setSize] = useState({ width: 640, height: 480 })
  const [shown, setShown] = useState(false)
  const [said, setSaid] = useState('')
  const text = route.text ?? store.getState().shown?.text
  const address = new URL(formatRoute({ ...route, text, embed }), location.href).href
  const snippet = embedSnippet(address, `Feature ${route.index} of ${route.source}`, size)
  const copy = async (): Promise<void> => {
    try {
      await navigator.clipboard.writeText(snippet)
      setSaid('Copied')
    } catch {
      setSaid('The browser would not copy: select the text and copy it.')
    }
  }
  return (
    <>
      <fieldset className={css.choices} aria-label="Parts that are shown">
        {EMBED_PARTS.map(({ part, text: name }) => (
          <label key={part} className={css.check}>
            <input
              type="checkbox"
              checked={embed[part]}
              onChange={(event) => setEmbed({ ...embed, [part]: event.currentTarget.checked })}
            />
            {name}
          </label>
        ))}
      </fieldset>
      <div className={css.sizes}>
        {(['width', 'height'] as const).map((side) => (
          <label key={side} className={css.size}>
            {side === 'width' ? 'Width' : 'Height'}
            <input
              type="number"
              className={css.number}
              min={SMALLEST}
              max={LARGEST}
              value={size[side]}
              onChange={({ currentTarget: { valueAsNumber: value } }) => {
                if (value >= 1 && value <= LARGEST) setSize({ ...size, [side]: Math.round(value) })
              }}
            />
          </label>
        ))}
      </div>
      <textarea className={css.snippet} aria-label="HTML to paste" rows={4} readOnly value={snippet} />
      <div className={css.row}>
        <Button look="strong" onClick={() => void copy()}>
          Copy the HTML
        </Button>
        <Button aria-pressed={shown} onClick={() => setShown(!shown)}>
          {shown ? 'Hide the preview' : 'Preview'}
        </Button>
        <span>{said}</span>
      </div>
      {shown && <iframe key={address} className={css.frame} src={address} title="Preview" />}
      <Announce>{said}</Announce>
    </>
  )
}

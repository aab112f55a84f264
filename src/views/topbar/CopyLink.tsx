// Copies the address of what is shown, text included.
import { useEffect, useState } from 'react'
import { formatRoute } from '../../lib/route.ts'
import { useApp, useAppStore } from '../../store/hooks.ts'
import { Announce } from '../../ui/Announce.tsx'
import { Button } from '../../ui/Button.tsx'
import css from './CopyLink.module.css'
import { EmbedPane } from './EmbedPane.tsx'
import { ShareImage } from './ShareImage.tsx'

type State = 'ready' | 'copied' | 'failed' | 'no image'

const SAID: Record<State, string> = {
  ready: '',
  copied: 'Copied',
  failed: 'The browser would not copy: take the link from the address bar.',
  'no image': 'This part of the page could not be loaded: try again with a connection.',
}

export function CopyLink() {
  const store = useAppStore()
  const [state, setState] = useState<State>('ready')
  const place = useApp(({ page }) => !page)
  const feature = useApp(({ route, page }) => (!page && route?.view === 'feature' ? route : undefined))

  useEffect(() => {
    if (state === 'ready') return
    const timer = setTimeout(() => setState('ready'), state === 'copied' ? 1800 : 6000)
    return () => clearTimeout(timer)
  }, [state])

  const copy = async (): Promise<void> => {
    const { route, shown, lockedFeatures, lockedTokens } = store.getState()
    let hash = location.hash
    if (route) {
      const text = route.text ?? shown?.text
      const locks =
        route.view === 'explore' ? { tokens: [...lockedTokens], features: [...lockedFeatures] } : {}
      hash = formatRoute({ ...route, ...locks, text })
    }
    try {
      await navigator.clipboard.writeText(new URL(hash, location.href).href)
      setState('copied')
    } catch {
      setState('failed')
    }
  }
  return (
    <span className={css.copy}>
      <Button
        look="pill"
        aria-label="Copy link"
        title="Copy a link to exactly this"
        onClick={() => void copy()}
      >
        <svg className={css.sign} viewBox="0 0 16 16" aria-hidden="true">
          {state === 'copied' ? (
            <path d="M3 8.5l3.2 3.2L13 5" />
          ) : (
            <path d="M6.8 9.2a2.8 2.8 0 0 0 4 0l2.2-2.2a2.8 2.8 0 0 0-4-4l-.9.9M9.2 6.8a2.8 2.8 0 0 0-4 0L3 9a2.8 2.8 0 0 0 4 4l.9-.9" />
          )}
        </svg>
        <span className={css.word}>{state === 'copied' ? 'Copied' : 'Copy link'}</span>
      </Button>
      {place && <ShareImage onFailed={() => setState('no image')} />}
      {feature && <EmbedPane route={feature} />}
      {(state === 'failed' || state === 'no image') && <span className={css.failed}>{SAID[state]}</span>}
      <Announce>{SAID[state]}</Announce>
    </span>
  )
}

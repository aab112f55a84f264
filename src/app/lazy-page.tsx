// Pages whose code is fetched when they are first gone to, and what stands there when it cannot be.
import { type ComponentType, lazy } from 'react'
import { Button } from '../ui/Button.tsx'
import { ErrorPanel } from '../ui/ErrorPanel.tsx'

/** Like React's `lazy`, for pages; one that cannot be fetched says so in its place. */
export function lazyPage<Props>(load: () => Promise<ComponentType<Props>>) {
  return lazy<ComponentType<Props>>(async () => ({ default: await load().catch(() => Unloadable) }))
}

function Unloadable() {
  return (
    <ErrorPanel
      error={{
        title: 'This part of the page could not be loaded.',
        detail: 'Its host does not answer, or has a newer version of the page than this one.',
        remedy: 'Reload the page, with a connection.',
      }}
    >
      <Button onClick={() => location.reload()}>Reload</Button>
    </ErrorPanel>
  )
}

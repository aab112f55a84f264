// Where this page connects to: its own host, the hub in use, and whatever else was asked for in this visit.
import { useEffect } from 'react'
import { plural } from '../../lib/format.ts'
import { useActions, useApp } from '../../store/hooks.ts'
import { Panel } from '../../ui/Panel.tsx'
import css from './ConnectionsPanel.module.css'

interface Host {
  origin: string
  why: string
}

export function ConnectionsPanel() {
  const endpoint = useApp((state) => state.hub.endpoint)
  const contacts = useApp((state) => state.contacts)
  const opening = useApp((state) => state.opening)
  const neuronpedia = useApp((state) => state.neuronpedia)
  const seeking = useApp((state) => state.seeking)
  const { refreshContacts } = useActions()

  // biome-ignore lint/correctness/useExhaustiveDependencies: what is opened is what asks.
  useEffect(() => void refreshContacts(), [refreshContacts, opening])

  const hub = URL.canParse(endpoint) ? new URL(endpoint).origin : endpoint
  const known: Host[] = [
    { origin: location.origin, why: 'This page, its demo model and SAEs.' },
    { origin: hub, why: 'The hub: only when you open a model or a source of it.' },
    {
      origin: neuronpedia,
      why: `Labels: only if you turn that on beside the features of a source that is there; it is ${seeking ? 'on' : 'off'}.`,
    },
  ]
  const hosts = known.filter(({ origin }, at) => known.findIndex((other) => other.origin === origin) === at)
  for (const { origin } of contacts) {
    if (hosts.every((host) => host.origin !== origin))
      hosts.push({ origin, why: 'An address you opened, or one that a hub sent this page on to.' })
  }
  return (
    <Panel title="Where this page connects to" className={css.panel}>
      <ul className={css.hosts} aria-label="Hosts">
        {hosts.map(({ origin, why }) => (
          <li key={origin} className={css.host}>
            <b>{new URL(origin).host}</b>
            <span>{why}</span>
            <span className={css.count}>{asked(origin)}</span>
          </li>
        ))}
      </ul>
      <p className={css.note}>
        A text that you paste, and what is computed from it, is sent to none of them: it stays in this browser
        and in the links you copy. <a href="./licences.txt">Licences of what this page is built from</a>
      </p>
    </Panel>
  )

  function asked(origin: string): string {
    const count = contacts.find((contact) => contact.origin === origin)?.requests
    return count ? `${plural(count, 'file request')} in this visit` : 'not asked for files in this visit'
  }
}

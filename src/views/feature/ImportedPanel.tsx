// What others have published about the feature, imported here: beside our own figures, never among them.
import { useEffect, useState } from 'react'
import { decimalsFor, formatNumber, formatShare } from '../../lib/format.ts'
import type { ImportedDashboard, ImportedExample, ImportedLabel, ImportedToken } from '../../lib/imported.ts'
import { pieceText } from '../../lib/token-text.ts'
import { useActions, useApp, useScale } from '../../store/hooks.ts'
import { Button } from '../../ui/Button.tsx'
import { Chip } from '../../ui/Chip.tsx'
import { ErrorPanel } from '../../ui/ErrorPanel.tsx'
import { ExampleText } from '../../ui/ExampleText.tsx'
import { Histogram } from '../../ui/Histogram.tsx'
import { Panel } from '../../ui/Panel.tsx'
import css from './ImportedPanel.module.css'

/** Texts shown before the rest is asked for, and pieces on either side of the strongest. */
const FIRST = 8
const AROUND = 16

export function ImportedPanel({ index, open }: { index: number; open: boolean }) {
  const known = useApp((state) => state.imported.get(index))
  const { loadImported } = useActions()
  // Also when what is known of it was emptied by another import.
  useEffect(() => {
    if (open && known === undefined) void loadImported(index)
  }, [open, index, known, loadImported])
  if (!known || known === 'loading') return null
  if ('error' in known) return <ErrorPanel error={known.error} />
  const { labels, dashboard } = known.value
  const origins = new Set([...labels, ...(dashboard ? [dashboard] : [])].map(({ origin }) => origin))
  if (origins.size === 0) return null
  return (
    <Panel title={`Imported from ${[...origins].join(' and ')}`}>
      <p className={css.note}>Read from files, not computed here.</p>
      {labels.length > 0 && <Labels labels={labels} />}
      {dashboard && <Contents key={index} index={index} dashboard={dashboard} />}
    </Panel>
  )
}

function Labels({ labels }: { labels: readonly ImportedLabel[] }) {
  return (
    <ul className={css.labels} aria-label="Imported labels">
      {labels.map(({ description, author, method, scores }) => (
        <li key={`${description} ${author} ${method}`}>
          {description}{' '}
          <span className={css.by}>
            by {author}, {method}
            {scores.map(({ name, value }) => `, ${name} ${formatNumber(value, 2)}`)}
          </span>
        </li>
      ))}
    </ul>
  )
}

function Contents({ index, dashboard }: { index: number; dashboard: ImportedDashboard }) {
  const { origin, density, max, activations, logits, promoted, suppressed, examples, corpus } = dashboard
  const activationsAxis = useScale('imported activations')
  const logitsAxis = useScale('imported logits')
  const facts = [
    density !== undefined && `fires on ${formatShare(density)} of tokens`,
    max !== undefined && `highest activation ${formatNumber(max, decimalsFor(max))}`,
    corpus,
  ].filter((fact) => fact !== false && fact !== undefined)
  return (
    <>
      {facts.length > 0 && <p className={css.note}>{facts.join(' · ')}</p>}
      {activations && (
        <Histogram
          name={`Activations of feature ${index}, from ${origin}`}
          data={activations}
          xTitle="activation"
          counted="token"
          decimals={decimalsFor(activations.edges.at(-1) ?? 1)}
          {...activationsAxis}
        />
      )}
      {promoted.length + suppressed.length > 0 && (
        <div className={css.tokens}>
          <Tokens name="Promotes" tokens={promoted} tone="act" />
          <Tokens name="Suppresses" tokens={suppressed} tone="plain" />
        </div>
      )}
      {logits && (
        <Histogram
          name={`Effect of feature ${index} on the logits, from ${origin}`}
          data={logits}
          xTitle="logit"
          counted="token"
          decimals={3}
          {...logitsAxis}
        />
      )}
      {examples.length > 0 && <Examples examples={examples} />}
    </>
  )
}

interface TokensProps {
  name: string
  tokens: readonly ImportedToken[]
  tone: 'act' | 'plain'
}

function Tokens({ name, tokens, tone }: TokensProps) {
  const largest = tokens.reduce((most, { value = 0 }) => Math.max(most, Math.abs(value)), 0)
  return (
    <div>
      <h3>{name}</h3>
      {tokens.map(({ token, value }, at) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: the list never changes, and a token may come twice.
        <span key={at} title={value === undefined ? undefined : formatNumber(value, 3)}>
          <Chip
            piece={token}
            tone={tone}
            level={value === undefined || largest === 0 ? 0.4 : 0.1 + (0.75 * Math.abs(value)) / largest}
          />
        </span>
      ))}
    </div>
  )
}

function Examples({ examples }: { examples: readonly ImportedExample[] }) {
  const [all, setAll] = useState(false)
  const max = examples.reduce((most, example) => Math.max(most, peakOf(example).value), 0)
  const rows = all ? examples : examples.slice(0, FIRST)
  return (
    <section className={css.examples} aria-label="Imported examples">
      <h3>Top activations</h3>
      <ol>
        {rows.map((example, at) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: the list is sorted once and only grows.
          <Example key={at} example={example} max={max} />
        ))}
      </ol>
      {rows.length < examples.length && (
        <Button look="pill" onClick={() => setAll(true)}>
          {examples.length - rows.length} more
        </Button>
      )}
    </section>
  )
}

function Example({ example, max }: { example: ImportedExample; max: number }) {
  const { tokens, values, group } = example
  const { at, value } = peakOf(example)
  const from = Math.max(0, at - AROUND)
  const to = Math.min(tokens.length, at + AROUND + 1)
  const spans = tokens.slice(from, to).map((token, place) => ({
    ...{ first: from + place, text: pieceText(token) },
    special: /^<.*>$/.test(token),
  }))
  return (
    <li className={css.example} title={group && `interval ${group}`}>
      <span className={css.value}>{formatNumber(value, decimalsFor(max))}</span>
      <span className={css.text}>
        <ExampleText
          spans={spans}
          values={Float32Array.from(values.slice(from, to))}
          max={max}
          centre={at - from}
          breaks={false}
          cut={{ before: from > 0, after: to < tokens.length }}
        />
      </span>
    </li>
  )
}

function peakOf({ values }: ImportedExample): { at: number; value: number } {
  return values.reduce((best, value, at) => (value > best.value ? { at, value } : best), { at: 0, value: 0 })
}

// The text box with its examples and Run; while something loads or runs, progress takes the examples' place.
import type { ReactNode } from 'react'
import type { Example } from '../lib/examples.ts'
import type { Progress } from '../lib/progress.ts'
import { Button } from './Button.tsx'
import { ProgressBar } from './ProgressBar.tsx'
import css from './RunBox.module.css'
import { usePatience } from './use-patience.ts'

interface RunBoxProps {
  /** What the box and its button are called. */
  label?: string
  action?: string
  text: string
  examples: readonly Example[]
  work: { label: string; progress: Progress | undefined; since: number } | undefined
  /** Said under the box: an error, or what happened to a long text. */
  notice?: ReactNode
  onChange(text: string): void
  onRun(): void
  onExample(text: string): void
  onCancel(): void
}

export function RunBox(props: RunBoxProps) {
  const {
    label = 'Text',
    action = 'Run',
    text,
    examples,
    work,
    notice,
    onChange,
    onRun,
    onExample,
    onCancel,
  } = props
  const slow = usePatience(work !== undefined)
  return (
    <form
      className={css.box}
      onSubmit={(event) => {
        event.preventDefault()
        onRun()
      }}
    >
      <textarea
        aria-label={label}
        className={css.text}
        value={text}
        placeholder="Type or paste a text, or take an example."
        spellCheck={false}
        rows={2}
        onChange={(event) => onChange(event.target.value)}
        onKeyDown={(event) => {
          if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) {
            event.preventDefault()
            onRun()
          }
        }}
      />
      {notice && <div className={css.notice}>{notice}</div>}
      <div className={css.foot}>
        <div className={css.slot}>
          <div className={css.examples} inert={slow} data-hidden={slow || undefined}>
            {examples.map((example) => (
              <Button
                key={example.name}
                look="pill"
                title={example.text}
                onClick={() => onExample(example.text)}
              >
                {example.name}
              </Button>
            ))}
          </div>
          {slow && work && (
            <div className={css.progress}>
              <ProgressBar {...work} onCancel={onCancel} />
            </div>
          )}
        </div>
        <Button look="strong" type="submit" title="Ctrl-Enter" aria-keyshortcuts="Control+Enter">
          {action}
        </Button>
      </div>
    </form>
  )
}

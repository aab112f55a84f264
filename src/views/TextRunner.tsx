// The text box wired to the store, or the bar of given activations in its place; both pages that show a run have it.
import { EXAMPLES } from '../lib/examples.ts'
import { plural } from '../lib/format.ts'
import { useActions, useApp } from '../store/hooks.ts'
import { Button } from '../ui/Button.tsx'
import { ErrorPanel } from '../ui/ErrorPanel.tsx'
import { RunBox } from '../ui/RunBox.tsx'
import { ActivationsBar } from './ActivationsBar.tsx'
import { PlanPanel } from './plan/PlanPanel.tsx'

export function TextRunner() {
  const given = useApp((state) => state.activations !== undefined)
  return given ? <ActivationsBar /> : <TextBox />
}

function TextBox() {
  const draft = useApp((state) => state.draft)
  const opening = useApp((state) => state.opening)
  const running = useApp((state) => state.running)
  const shown = useApp((state) => state.shown)
  const error = useApp((state) => state.runError)
  const plan = useApp((state) => state.modelPlan)
  const { setDraft, submit, cancel, retry } = useActions()

  const windows = shown?.result.windows ?? []
  const notices: string[] = []
  if (windows.length > 1) {
    notices.push(
      `The text is long: it was run in ${windows.length} windows of up to ${plural(windows[1], 'token')}, each with its own <bos>.`,
    )
  }
  const named = namedSpecials(shown?.text ?? '', shown?.result.spans ?? [])
  if (named.length > 0) {
    notices.push(
      `The text names ${named.join(' and ')}: the model reads the special token there, not these letters.`,
    )
  }
  if (shown && shown.text !== draft && !running)
    notices.push('The text has changed since: press Run (Ctrl-Enter).')

  const take = (text: string): void => {
    setDraft(text)
    void submit()
  }
  return (
    <>
      {plan && <PlanPanel shown={plan} />}
      <RunBox
        text={draft}
        examples={EXAMPLES}
        work={opening ?? running}
        notice={notices.length > 0 && notices.join(' ')}
        onChange={setDraft}
        onRun={() => void submit()}
        onExample={take}
        onCancel={cancel}
      />
      {error && (
        <ErrorPanel error={error}>
          <Button onClick={() => void retry()}>Try again</Button>
        </ErrorPanel>
      )}
    </>
  )
}

/** Special tokens that the text itself spells out, beside those that every text gets. */
function namedSpecials(text: string, spans: readonly { text: string; special: boolean }[]): string[] {
  const names = spans.filter((span) => span.special && text.includes(span.text)).map((span) => span.text)
  return [...new Set(names)]
}

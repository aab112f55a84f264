// Which cases, on which model, at which precision, or values from a file in their place.
import { useId } from 'react'
import type { CatalogueEntry } from '../../engine/protocol.ts'
import { formatBytes } from '../../lib/format.ts'
import { parseHook } from '../../lib/hook.ts'
import type { PublishedCase } from '../../lib/published-values.ts'
import { formatRoute } from '../../lib/route.ts'
import { layerBytes } from '../../lib/runnable-models.ts'
import { PRECISION_NAMES, WEIGHT_PRECISIONS } from '../../lib/weight-precision.ts'
import { useActions, useApp } from '../../store/hooks.ts'
import { repoOf } from '../../store/verify-slice.ts'
import { Breakable } from '../../ui/Breakable.tsx'
import { Button } from '../../ui/Button.tsx'
import { ErrorPanel } from '../../ui/ErrorPanel.tsx'
import { FileButton } from '../../ui/FileButton.tsx'
import { Segmented } from '../../ui/Segmented.tsx'
import css from './VerifyView.module.css'

const PRECISIONS = [
  { value: 'auto', text: 'Auto' },
  ...WEIGHT_PRECISIONS.map((value) => ({ value, text: PRECISION_NAMES[value] })),
] as const

export function VerifyChoices({ shown }: { shown: readonly PublishedCase[] }) {
  const left = useApp((state) => state.verifyLeft)
  const library = useApp((state) => state.library)
  const weights = useApp((state) => state.choice.weights)
  const verifyModel = useApp((state) => state.verifyModel)
  const verifyCases = useApp((state) => state.verifyCases)
  const verifySae = useApp((state) => state.verifySae)
  const busy = useApp((state) => state.verifyStatus.at === 'work')
  const { leaveOut, setVerifyModel, holdModelAs } = useActions()
  const modelId = useId()
  const precisionId = useId()
  const own = (one: PublishedCase): string => repoOf(one, { verifyModel, verifyCases })
  const models = [...new Set(shown.flatMap((one) => [own(one), ...one.models]))]
  const chosen = shown.filter(({ id }) => !left.has(id))
  if (shown.length === 0) {
    return (
      <p>
        No values of {verifySae} are known.{' '}
        <a href={formatRoute({ view: 'verify', model: verifyModel })}>All that is known</a>
      </p>
    )
  }
  return (
    <>
      <fieldset className={css.cases} disabled={busy}>
        <legend className="visually-hidden">Cases</legend>
        {shown.map((one) => (
          <label key={one.id} className={css.case}>
            <input
              type="checkbox"
              checked={!left.has(one.id)}
              onChange={(event) => leaveOut(one.id, !event.target.checked)}
            />
            <span>
              {one.title}
              <small className={css.note}>
                <Breakable path={one.run?.sae ?? own(one)} />
              </small>
            </span>
          </label>
        ))}
      </fieldset>
      {models.length > 1 && (
        <div className={css.row}>
          <span id={modelId} className={css.note}>
            Model
          </span>
          <Segmented
            label="Model to check"
            value={own(shown[0])}
            choices={models.map((value) => ({ value, text: value }))}
            onChange={(repo) => void setVerifyModel(repo)}
          />
        </div>
      )}
      {models.some((repo) => repo.startsWith('google/')) && (
        <p className={css.note}>google/… needs an access token, which the Sources page takes.</p>
      )}
      <div className={css.row}>
        <span id={precisionId} className={css.note}>
          Model weights held as
        </span>
        <Segmented
          label="Model weights held as"
          value={weights}
          choices={PRECISIONS}
          onChange={(value) => void holdModelAs(value)}
        />
      </div>
      <p className={css.note}>{bytesWords(chosen, own, library)}</p>
      <FromFile />
    </>
  )
}

function FromFile() {
  const file = useApp((state) => state.verifyFile)
  const error = useApp((state) => state.verifyFileError)
  const busy = useApp((state) => state.verifyStatus.at === 'work')
  const { readVerifyFile, usePublished: takePublished } = useActions()
  return (
    <div className={css.file}>
      <FileButton
        label="Values from a file"
        accept=".json,application/json"
        disabled={busy}
        onFiles={([chosen]) => void readVerifyFile(chosen)}
      >
        Values from a file…
      </FileButton>
      {file && (
        <Button look="pill" disabled={busy} onClick={takePublished}>
          Back to the published values
        </Button>
      )}
      {error && <ErrorPanel error={error} />}
    </div>
  )
}

/** About how much the cases read, as far as shapes and the catalogue tell without asking the hub. */
function bytesWords(
  cases: readonly PublishedCase[],
  own: (one: PublishedCase) => string,
  library: readonly CatalogueEntry[] | undefined,
): string {
  const deepest = new Map<string, number>()
  for (const one of cases) {
    for (const hook of one.run ? [one.run.hookIn, one.run.hookOut] : []) {
      const repo = own(one)
      deepest.set(repo, Math.max(deepest.get(repo) ?? 0, parseHook(hook)?.layer ?? 0))
    }
  }
  let sum = 0
  for (const [repo, layer] of deepest) {
    sum += layerBytes(repo.slice(repo.indexOf('/') + 1).replace(/-pt$/, ''), layer)?.download ?? 0
  }
  for (const sae of new Set(cases.flatMap(({ run }) => (run ? [run.sae] : [])))) {
    const entry = library?.find(({ repo, path }) => `${repo}/${path}` === sae)
    if (entry?.release !== 'bundled') sum += entry?.bytes ?? 0
  }
  const later = 'What is really still to be fetched is said before anything large is.'
  return sum > 0 ? `These read about ${formatBytes(sum)} of weights. ${later}` : later
}

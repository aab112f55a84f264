// What is shown as a file: features as JSON, CSV or npz, and the dense numbers behind them as safetensors.
import { DropdownMenu } from 'radix-ui'
import { useState } from 'react'
import { isAbort, toUserError, type UserError } from '../lib/errors.ts'
import { type ExportedRun, exportName, featuresCsv, featuresJson } from '../lib/export-features.ts'
import { saveFile } from '../lib/save-file.ts'
import { useActions } from '../store/hooks.ts'
import type { RunShown } from '../store/types.ts'
import { ErrorPanel } from '../ui/ErrorPanel.tsx'
import css from './ExportMenu.module.css'

export function ExportMenu({ shown }: { shown: RunShown }) {
  const { exportDense } = useActions()
  const [state, setState] = useState<'ready' | 'computing' | UserError>('ready')

  const saveDense = async (): Promise<void> => {
    setState('computing')
    try {
      const bytes = await exportDense()
      if (bytes) saveFile(exportName(exported(shown), 'activations.safetensors'), bytes)
      setState('ready')
    } catch (thrown) {
      setState(isAbort(thrown) ? 'ready' : toUserError(thrown))
    }
  }
  const saveNpz = async (run: ExportedRun): Promise<void> => {
    try {
      // Fetched when it is wanted: the first view does without a writer of zip files.
      const { featuresNpz } = await import('../formats/write-features.ts')
      saveFile(exportName(run, 'features.npz'), featuresNpz(run.features, run.tokens, run.ids))
    } catch (thrown) {
      setState(toUserError(thrown))
    }
  }
  const choices: { name: string; about: string; save(run: ExportedRun): void }[] = [
    {
      name: 'Features as JSON',
      about: 'a list for each token, with where it is from',
      save: (run) => saveFile(exportName(run, 'features.json'), featuresJson(run)),
    },
    {
      name: 'Features as CSV',
      about: 'one line for each activation',
      save: (run) => saveFile(exportName(run, 'features.csv'), featuresCsv(run)),
    },
    {
      name: 'Features as npz',
      about: 'sparse (CSR), for scipy',
      save: (run) => void saveNpz(run),
    },
    {
      name: 'Activations and reconstruction',
      about: 'safetensors, computed again',
      save: () => void saveDense(),
    },
  ]
  return (
    <>
      {/* Modal ones lock the page's scrolling by a style element, which the content policy forbids. */}
      <DropdownMenu.Root modal={false}>
        <DropdownMenu.Trigger className={css.trigger} disabled={state === 'computing'}>
          {state === 'computing' ? 'Exporting …' : 'Export'}
        </DropdownMenu.Trigger>
        <DropdownMenu.Portal>
          <DropdownMenu.Content className={css.menu} align="start" sideOffset={6} collisionPadding={8}>
            {choices.map(({ name, about, save }) => (
              <DropdownMenu.Item key={name} className={css.item} onSelect={() => save(exported(shown))}>
                {name} <small>{about}</small>
              </DropdownMenu.Item>
            ))}
          </DropdownMenu.Content>
        </DropdownMenu.Portal>
      </DropdownMenu.Root>
      {typeof state === 'object' && <ErrorPanel error={state} />}
    </>
  )
}

function exported({ origin, text, model, source, result }: RunShown): ExportedRun {
  const { hookIn, hookOut, ids, tokens, spans, features, l0, fvu } = result
  const given = origin === 'text' ? undefined : origin.activations
  return {
    ...{ model, source, text, hookIn, hookOut, ids, tokens, spans, features, l0, fvu },
    origin:
      origin === 'text' || !given
        ? 'model'
        : { file: given.name, array: given.array, dtype: given.dtype, sequence: origin.sequence },
  }
}

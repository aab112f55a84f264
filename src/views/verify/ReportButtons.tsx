// What the check came to, to take along as JSON.
import { useState } from 'react'
import { version } from '../../../package.json'
import { saveFile } from '../../lib/save-file.ts'
import { reportJson } from '../../lib/verify-report.ts'
import { useAppStore } from '../../store/hooks.ts'
import { casesShown } from '../../store/verify-slice.ts'
import { Announce } from '../../ui/Announce.tsx'
import { Button } from '../../ui/Button.tsx'

type Said = '' | 'Copied' | 'The browser would not copy: save the file in its place.'

export function ReportButtons() {
  const store = useAppStore()
  const [said, say] = useState<Said>('')
  const report = (): string => {
    const state = store.getState()
    return reportJson(casesShown(state), state.verifyResults, version)
  }
  const copy = async (): Promise<void> => {
    try {
      await navigator.clipboard.writeText(report())
      say('Copied')
    } catch {
      say('The browser would not copy: save the file in its place.')
    }
  }
  return (
    <>
      <Button onClick={() => void copy()}>Copy as JSON</Button>
      <Button onClick={() => saveFile('featurescope-check.json', report())}>Save as JSON</Button>
      {said && <span>{said}</span>}
      <Announce>{said}</Announce>
    </>
  )
}

// Where a text is written, and what is made of it below; in its place, what stands in the way of that.
import type { ReactNode } from 'react'
import { modelFits } from '../lib/model-fits.ts'
import { useApp } from '../store/hooks.ts'
import { NoModel } from './explore/NoModel.tsx'
import { PlanPanel } from './plan/PlanPanel.tsx'
import { TextRunner } from './TextRunner.tsx'

/** An SAE without a model: a text cannot be run, activations can be given. */
export function useAlone(): boolean {
  return useApp(
    ({ sae, model, activations, opening }) =>
      sae !== undefined && !opening && !activations && !modelFits(model, sae),
  )
}

export function TextPlace({ children }: { children: ReactNode }) {
  const alone = useAlone()
  const plan = useApp((state) => state.modelPlan)
  if (alone) {
    return (
      <>
        {plan && <PlanPanel shown={plan} />}
        <NoModel />
      </>
    )
  }
  return (
    <>
      <TextRunner />
      {children}
    </>
  )
}

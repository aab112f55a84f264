// Properties are tried on the same inputs at every run, so that a run that fails can be run again. To look further:
// PROPERTY_SEED=3 PROPERTY_RUNS=20000 npx vitest run --project unit
import fc from 'fast-check'

fc.configureGlobal({
  seed: Number(process.env.PROPERTY_SEED ?? 1),
  numRuns: Number(process.env.PROPERTY_RUNS ?? 100),
})

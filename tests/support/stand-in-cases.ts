// Values that PyTorch computed for the bundled model, as cases of the check against published values.
import { readFileSync } from 'node:fs'

interface Answer {
  source: string
  repo: string
  path: string
  hookIn: string
  hookOut: string
  active: [index: number, value: number][][]
}

/** The text of tests/fixtures/demo, whose first 100 tokens PyTorch ran: a prefix has the same activations. */
const TEXT = 'Call me Ishmael. Some years ago'

/** Two cases for a bundled source, of what float64 arithmetic found on PyTorch's activations; one of the second is wrong. */
export function standIns(source: string, model: string): object[] {
  const answers: Answer[] = JSON.parse(readFileSync('tests/fixtures/demo/sae_expected.json', 'utf8'))
  const ids: number[] = JSON.parse(readFileSync('tests/fixtures/demo/input_ids.json', 'utf8')).input_ids
  const answer = answers.find((one) => one.source === source)
  if (!answer) throw new Error(`no answer for ${source}`)
  const position = 5
  const active = answer.active[position]
  const features = active.map(([index, expected]) => ({ kind: 'feature', index, position, expected }))
  const norm = Math.hypot(...active.map(([, value]) => value))
  const checks = [
    { kind: 'ids', text: TEXT, expected: ids.slice(0, 12) },
    { kind: 'active', position, expected: active.length },
    ...features,
    { kind: 'norm', of: 'features', position, expected: norm },
  ]
  const { hookIn, hookOut } = answer
  const sae = `${answer.repo}/${answer.path}`
  const run = { sae, hookIn, hookOut, text: TEXT }
  const common = { models: [model], run, dtype: 'float32', source: 'PyTorch, tests/fixtures/demo' }
  const wrong = { ...features[0], expected: features[0].expected * 1.05 }
  return [
    { ...common, id: 'good', title: 'Stand-ins', checks },
    { ...common, id: 'bad', title: 'With a wrong one', checks: [wrong, ...features.slice(1)] },
  ]
}

/** As a person would choose it. */
export const casesFile = (cases: object[]) => ({
  name: 'stand-ins.json',
  mimeType: 'application/json',
  buffer: Buffer.from(JSON.stringify(cases)),
})

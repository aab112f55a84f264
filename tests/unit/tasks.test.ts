// What the engine's tasks say of their progress while another tab downloads what they need.
import { beforeEach, describe, expect, test } from 'vitest'
import type { EngineEvent } from '../../src/engine/protocol.ts'
import { type TaskContext, TaskQueue } from '../../src/engine/tasks.ts'

const WAITING = 'Waiting for another tab that is downloading this'

let said: string[]
let tasks: TaskQueue

beforeEach(() => {
  said = []
  tasks = new TaskQueue((event: EngineEvent) => {
    if (event.type !== 'progress') return
    const { label, done } = event.progress
    said.push(`${event.task}: ${label}, ${done}`)
  })
})

/** Starts a task that ends when told; resolves when it is under way. */
function begin(task: number): Promise<{ context: TaskContext; end(): Promise<unknown> }> {
  return new Promise((begun) => {
    const reply = tasks.beside(
      task,
      (context) =>
        new Promise<void>((ended) => {
          const end = (): Promise<unknown> => {
            ended()
            return reply
          }
          begun({ context, end })
        }),
    )
  })
}

describe('while another tab’s download is waited for', () => {
  test('the label says so with the same figures, and afterwards what it said before', async () => {
    const { context } = await begin(7)
    context.onProgress({ label: 'Loading SAE', done: 10, total: 90, unit: 'bytes' })
    tasks.setWaiting(true)
    context.onProgress({ label: 'Loading SAE', done: 20, total: 90, unit: 'bytes' })
    tasks.setWaiting(false)
    expect(said).toEqual([
      '7: Loading SAE, 10',
      `7: ${WAITING}, 10`,
      `7: ${WAITING}, 20`,
      '7: Loading SAE, 20',
    ])
  })

  test('a task that has said nothing yet says so too', async () => {
    await begin(1)
    tasks.setWaiting(true)
    tasks.setWaiting(false)
    expect(said).toEqual([`1: ${WAITING}, 0`])
  })

  test('one that computes is not said to wait, nor one that has ended', async () => {
    const computing = await begin(1)
    computing.context.onProgress({ label: 'Running model', done: 2, total: 6, unit: 'steps' })
    const loading = await begin(2)
    loading.context.onProgress({ label: 'Loading model', done: 5, total: 6, unit: 'bytes' })
    await loading.end()
    tasks.setWaiting(true)
    expect(said.filter((line) => line.includes(WAITING))).toEqual([])
  })
})

// The longest tasks of the page's thread, from what Chromium traces of it.
import type { Browser, Page } from '@playwright/test'

interface TraceEvent {
  name: string
  cat: string
  ph: string
  pid: number
  tid: number
  ts: number
  dur?: number
  tdur?: number
}

/** Longest task of a phase, in milliseconds of processor time and of the clock. */
interface LongestTask {
  work: number
  clock: number
}

export const startTasks = (browser: Browser, page: Page): Promise<void> =>
  browser.startTracing(page, { categories: ['toplevel', 'blink.user_timing'] })

/** Ends a phase. */
export const markTasks = (page: Page, name: string): Promise<void> =>
  page.evaluate((phase) => {
    performance.mark(phase)
  }, name)

/** The longest task of the page's thread in each of `phases`, by the marks that were set at their ends. */
export async function longestTasks(
  browser: Browser,
  phases: readonly string[],
): Promise<Map<string, LongestTask>> {
  const trace: { traceEvents: TraceEvent[] } = JSON.parse((await browser.stopTracing()).toString())
  const events = trace.traceEvents.sort((a, b) => a.ts - b.ts)
  const marks = events.filter(({ name, cat }) => phases.includes(name) && cat.includes('blink.user_timing'))
  const longest = new Map<string, LongestTask>(phases.map((phase) => [phase, { work: 0, clock: 0 }]))
  for (const { name, ph, pid, tid, ts, dur = 0, tdur = 0 } of events) {
    if (name !== 'ThreadControllerImpl::RunTask' || ph !== 'X') continue
    if (pid !== marks[0]?.pid || tid !== marks[0].tid) continue
    const found = longest.get(marks.find((mark) => mark.ts >= ts)?.name ?? '')
    if (!found) continue
    found.work = Math.max(found.work, tdur / 1000)
    found.clock = Math.max(found.clock, dur / 1000)
  }
  return longest
}

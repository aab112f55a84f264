// Takes files of labels and dashboards into what is kept, a bounded part of them in memory at a time, and reports
// what was read and what was left out.
import { readImportFile } from '../formats/neuronpedia-file.ts'
import type { ByteSource } from '../lib/byte-source.ts'
import {
  type ImportedDashboard,
  type ImportPlace,
  type ImportReport,
  mergeDashboards,
  mergeLabels,
} from '../lib/imported.ts'
import type { ImportStore, LabelsByFeature } from './import-store.ts'
import type { TaskContext } from './tasks.ts'

/** Dashboards, and texts of all of them, held before they are stored: a few tens of megabytes. */
const HELD = 512
const HELD_TEXTS = 4000
/** Skipped parts told one by one. */
const TOLD = 50

/** The source that entries are of. */
export interface ImportTarget {
  /** "gemma-2-2b/20-gemmascope-res-16k": for what names no source, and the bound on its indices. */
  open: string
  dSae: number
  /** Takes all entries as of the open source, whatever they name. */
  asOpen: boolean
}

/** Reads `files` into `store`. Rejects with a UserError for a file that cannot be read; what was read before stays. */
export async function importInto(
  store: ImportStore,
  files: readonly ByteSource[],
  target: ImportTarget,
  { signal, onProgress }: TaskContext,
): Promise<ImportReport> {
  const labels = new Map<string, LabelsByFeature>()
  // The parts of each, in order: joined once, for joining compares all texts.
  const held = new Map<string, Map<number, ImportedDashboard[]>>()
  const seen = new Map<string, Set<number>>()
  const counts = new Map<string, number>()
  const name = files.length === 1 ? files[0].name : `${files.length} files`
  const report: ImportReport = {
    ...{ name, labels: 0, dashboards: 0, examples: 0, sources: [], skipped: [], skippedCount: 0 },
  }
  const total = files.reduce((sum, { size }) => sum + size, 0)
  let before = 0
  let heldCount = 0
  let heldTexts = 0

  const skip = (place: string, why: string): void => {
    report.skippedCount += 1
    if (report.skipped.length < TOLD) report.skipped.push({ place, why })
  }

  async function flush(): Promise<void> {
    for (const [place, parts] of held) {
      const known = await store.dashboards(place, [...parts.keys()])
      const joined = [...parts].map(([index, own], at): [number, ImportedDashboard] => {
        const old = known[at]
        return [index, mergeDashboards(old ? [old, ...own] : own)]
      })
      await store.setDashboards(place, new Map(joined))
    }
    held.clear()
    heldCount = 0
    heldTexts = 0
  }

  for (const file of files) {
    const onBytes = (done: number): void =>
      onProgress({ label: `Reading ${file.name}`, done: before + done, total, unit: 'bytes' })
    for await (const part of readImportFile(file, signal, onBytes)) {
      for (const { place, why } of part.skipped) skip(place, why)
      for (const entry of part.entries) {
        const key = keyOf(entry.place, target)
        const { index } = entry.place
        if (key === target.open && index >= target.dSae) {
          skip(file.name, `Feature ${index}: ${target.open} has ${target.dSae}.`)
          continue
        }
        counts.set(key, (counts.get(key) ?? 0) + 1)
        if (entry.kind === 'label') {
          const own = labels.get(key) ?? new Map()
          labels.set(key, own)
          own.set(index, mergeLabels(own.get(index) ?? [], [entry.label]))
          report.labels += 1
          continue
        }
        const own = held.get(key) ?? new Map<number, ImportedDashboard[]>()
        held.set(key, own)
        const parts = own.get(index) ?? []
        if (parts.length === 0) heldCount += 1
        own.set(index, parts)
        parts.push(entry.dashboard)
        heldTexts += Math.max(1, entry.dashboard.examples.length)
        seen.set(key, (seen.get(key) ?? new Set()).add(index))
        report.examples += entry.dashboard.examples.length
      }
      if (heldCount >= HELD || heldTexts >= HELD_TEXTS) await flush()
    }
    before += file.size
  }
  await flush()
  for (const [place, own] of labels) {
    const all = await store.labels(place)
    for (const [index, list] of own) all.set(index, mergeLabels(all.get(index) ?? [], list))
    await store.setLabels(place, all)
  }
  report.dashboards = [...seen.values()].reduce((sum, { size }) => sum + size, 0)
  report.sources = [...counts].map(([place, count]) => ({ place, count }))
  return report
}

function keyOf({ model, source }: ImportPlace, { open, asOpen }: ImportTarget): string {
  if (asOpen || source === undefined) return open
  return `${model ?? open.split('/')[0]}/${source}`
}

// What the source page shows of all features: read from the open SAE's file once and kept while it is open. It needs
// no backend, so it is the same on all of them, in float32 as the file has it.
import { sourceStatistics } from '../sae/source-statistics.ts'
import type { SourceStatistics } from './protocol.ts'
import type { SaeFiles } from './sae-files.ts'
import type { TaskContext } from './tasks.ts'

const known = new WeakMap<SaeFiles, SourceStatistics>()

/** Statistics over all features of `files`; what was read before is not read again. */
export async function statisticsOf(files: SaeFiles, context: TaskContext): Promise<SourceStatistics> {
  const before = known.get(files)
  if (before) return before
  const { arrays, path, activation } = files
  const statistics = await sourceStatistics(arrays, path, { activation, ...context })
  known.set(files, statistics)
  return statistics
}

// Labels and dashboards from elsewhere: read into what is kept, told of, and shown by feature.
import { isAbort, toUserError, type UserError } from '../lib/errors.ts'
import type { ImportedFeature, ImportReport, ImportSummary } from '../lib/imported.ts'
import { forgetBrowse } from './browse-slice.ts'
import type { DashboardState, Known, Slice, Work } from './types.ts'

export interface ImportsSlice {
  /** What is kept for the open source; undefined until it was asked for. */
  imports: ImportSummary | undefined
  importing: Work | undefined
  /** Of the last import. */
  importReport: ImportReport | undefined
  importError: UserError | undefined
  /** What was imported about single features of the open source. */
  imported: ReadonlyMap<number, Known<ImportedFeature>>

  loadImports(): Promise<void>
  loadImported(index: number): Promise<void>
  /** Reads files or an address; `asOpen`: as of the open source, whatever they name. Failures land in `importError`. */
  importLabels(asked: string | File[], asOpen: boolean): Promise<void>
  cancelImport(): void
  /** Takes over what the engine has imported already, and shows the report. */
  adoptImport(report: ImportReport): Promise<void>
  /** Forgets everything imported for the open source. */
  clearImports(): Promise<void>
  /** Labels have changed: shows and searches the new ones. */
  renewLabels(): Promise<void>
}

/** What belongs to the source that was open before, emptied. */
export function forgetImports() {
  return {
    ...{ imports: undefined, importReport: undefined, importError: undefined },
    imported: new Map<number, Known<ImportedFeature>>(),
  }
}

export const importsSlice: Slice<ImportsSlice> = (set, get, { client }) => {
  let current: AbortController | undefined

  async function renewed(): Promise<void> {
    set({ imported: new Map() })
    await Promise.all([get().loadImports(), get().renewLabels()])
  }

  return {
    ...forgetImports(),
    importing: undefined,

    loadImports: async () => {
      const { sae } = get()
      if (!sae) return
      try {
        const imports = await client.importSummary()
        if (get().sae === sae) set({ imports })
      } catch {
        // Without it, the page offers to import and nothing to remove.
      }
    },

    loadImported: async (index) => {
      const { sae, imported } = get()
      const known = imported.get(index)
      if (!sae || known === 'loading' || (known && 'value' in known)) return
      const put = (state: Known<ImportedFeature>): void => {
        if (get().sae === sae) set(({ imported: all }) => ({ imported: new Map(all).set(index, state) }))
      }
      put('loading')
      try {
        put({ value: await client.importedFeature(index) })
      } catch (thrown) {
        put({ error: toUserError(thrown) })
      }
    },

    importLabels: async (asked, asOpen) => {
      current?.abort()
      const abort = new AbortController()
      current = abort
      const since = performance.now()
      const latest = (): boolean => current === abort
      const label = typeof asked === 'string' ? `Reading ${asked}` : 'Reading'
      set({ importing: { label, progress: undefined, since }, importError: undefined })
      set({ importReport: undefined })
      try {
        const report = await client.importLabels(asked, asOpen, {
          signal: abort.signal,
          onProgress: (progress) => {
            if (latest()) set({ importing: { label: progress.label, progress, since } })
          },
        })
        if (latest()) set({ importReport: report })
      } catch (thrown) {
        if (latest() && !isAbort(thrown)) set({ importError: toUserError(thrown) })
      } finally {
        if (latest()) set({ importing: undefined })
      }
      // What was read before a failure stays.
      await renewed()
    },

    cancelImport: () => current?.abort(),

    adoptImport: async (report) => {
      await renewed()
      const { sae, model, route, visit } = get()
      if (sae) {
        const place = { model: sae.model ?? model?.id ?? '', source: sae.source }
        await visit({ view: 'source', ...place, ...(route && { model: route.model }), text: route?.text })
      }
      set({ importReport: report, importError: undefined })
    },

    clearImports: async () => {
      try {
        await client.clearImports()
        set({ importReport: undefined, importError: undefined })
      } catch (thrown) {
        set({ importError: toUserError(thrown) })
      }
      await renewed()
    },

    renewLabels: async () => {
      const { sae } = get()
      if (!sae) return
      const labels = await client.labels().catch(() => undefined)
      if (!labels || get().sae !== sae) return
      const dashboards = new Map<number, DashboardState>()
      for (const [index, state] of get().dashboards) {
        const known = typeof state === 'object' && 'dashboard' in state ? state.dashboard : undefined
        dashboards.set(index, known ? { dashboard: { ...known, label: labels.get(index) } } : state)
      }
      set({ labels, dashboards, ...forgetBrowse() })
    },
  }
}

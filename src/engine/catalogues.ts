// The lists of SAEs that lie beside the page: the bundled ones, and all of Gemma Scope and Gemma Scope 2.
import { type CatalogueRow, parseCatalogue } from '../hub/catalogue.ts'
import { parseJson } from '../hub/file-set.ts'
import type { Hub } from '../hub/hub.ts'
import { parsePublicCatalogue } from '../hub/public-catalogue.ts'
import { UserError } from '../lib/errors.ts'
import type { CatalogueEntry } from './protocol.ts'

export interface Lists {
  bundled(): Promise<CatalogueRow[]>
  published(): Promise<CatalogueEntry[]>
}

/** Each list is fetched once, and again after a failure. */
export function catalogueLists(hub: Hub): Lists {
  const once = <T>(read: () => Promise<T>): (() => Promise<T>) => {
    let kept: Promise<T> | undefined
    return () => {
      kept ??= read().catch((error) => {
        kept = undefined
        throw error
      })
      return kept
    }
  }

  /** `missing` is the title of the error without the list. */
  async function read<T>(
    file: string,
    missing: string,
    parse: (json: unknown, name: string) => T,
  ): Promise<T> {
    const name = `featurescope/${file}`
    const text = await hub.bundled('').text(name)
    if (text) return parse(parseJson(text, name), name)
    throw new UserError({
      title: missing,
      detail: `There is no ${name} in ${hub.bundled('').name}.`,
      remedy: 'Copy the whole build folder to the host, with its hub/ folder.',
    })
  }

  return {
    bundled: once(() => read('catalogue.json', 'The bundled model is missing.', parseCatalogue)),
    published: once(() =>
      read('public-catalogue.json', 'The list of public SAEs is missing.', parsePublicCatalogue),
    ),
  }
}

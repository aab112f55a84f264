// The one door to bytes: the bundled hub, the public hub or another endpoint, plain addresses, local files.
import type { FileSet } from './file-set.ts'
import { httpFolder, localFiles } from './file-set.ts'
import type { Received } from './http-source.ts'
import { UserError } from '../lib/errors.ts'

export interface Located {
  set: FileSet
  /** The file in it that was named, if one was. */
  file: string | undefined
}

export class Hub {
  readonly received: Received = { bytes: 0 }
  readonly #bundledBase: string

  /** `bundledBase` is the address of the bundled hub, ending in "/". */
  constructor(bundledBase: string) {
    this.#bundledBase = bundledBase
  }

  /** A folder of the bundled hub: "" is its root, "featurescope/gemma-2-mini" a repository. */
  bundled(repo: string): FileSet {
    return httpFolder(new URL(repo && `${repo}/`, this.#bundledBase).href, this.received)
  }

  /** The folder that a reference, an address or local files mean. UserError for a name that means nothing. */
  async locate(asked: string | readonly File[], _signal: AbortSignal): Promise<Located> {
    if (typeof asked !== 'string') return { set: localFiles(asked), file: undefined }
    if (/^https?:\/\//.test(asked)) {
      const url = new URL(asked)
      const file = url.pathname.slice(url.pathname.lastIndexOf('/') + 1) || undefined
      return { set: httpFolder(new URL('.', url).href, this.received), file }
    }
    if (/^[\w.-]+\/[\w.-]+$/.test(asked)) return { set: this.bundled(asked), file: undefined }
    throw new UserError({
      title: `"${asked}" names nothing that can be opened.`,
      detail: 'It is neither a repository ("owner/repo"), nor an address, nor a local file.',
      remedy: 'Check the name.',
    })
  }
}

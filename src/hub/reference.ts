// What a name of a model, an SAE or a file means: a place in a hub repository, or an address. Pure.
// The forms of a hub's addresses are huggingface.co's own: /owner/repo/{resolve,blob,tree}/revision/path.
import { UserError } from '../lib/errors.ts'

export type Reference = RepoPlace | AddressPlace

/** A folder or a file in a hub repository. */
interface RepoPlace {
  kind: 'repo'
  /** "owner/name" */
  repo: string
  /** Branch, tag or commit; "main" unless told. */
  revision: string
  /** Path of the folder from the repository's root: "" or ending in "/". */
  folder: string
  /** Name of the file in it that was meant, if one was. */
  file: string | undefined
}

/** A folder or a file at a plain address. */
export interface AddressPlace {
  kind: 'address'
  /** The folder, ending in "/", without query. */
  folder: string
  /** The file's whole address, its query included, and its name; undefined where a folder was meant. */
  file: { url: string; name: string } | undefined
}

/** The owner whose repositories lie beside the page. */
export const BUNDLED_OWNER = 'featurescope'

const DEFAULT_REVISION = 'main'
const PUBLIC_HUBS = ['https://huggingface.co', 'https://hf.co', 'https://www.huggingface.co']
const NAME = /^[\w-][\w.-]*$/

/**
 * Reads `hf:owner/repo@revision/path`, `owner/repo[@revision][/path]`, a hub's page or file address (the public
 * hub's or `endpoint`'s), or any other http(s) address. A path is a file when its last part has an extension, and
 * a folder otherwise or with "/" at its end. UserError for a name that means nothing.
 */
export function parseReference(asked: string, endpoint: string): Reference {
  const name = asked.trim()
  if (/^https?:\/\//i.test(name)) return parseAddress(name, endpoint)
  const place = parseRepoName(name.replace(/^hf:(\/\/)?/, ''))
  if (place) return place
  throw new UserError({
    title: `"${asked}" names nothing that can be opened.`,
    detail: 'It is neither a repository ("owner/repo"), nor an address, nor a local file.',
    remedy:
      'Check the name; a file in a repository is written "owner/repo/path" or "hf:owner/repo@revision/path".',
  })
}

function parseRepoName(name: string): RepoPlace | undefined {
  const match = /^([^/@]+)\/([^/@]+)(?:@(refs\/(?:pr|convert)\/[^/]+|[^/]+))?(?:\/(.*))?$/.exec(name)
  if (!match) return undefined
  const [, owner, repo, revision, path] = match
  return repoPlace(`${owner}/${repo}`, revision && decodeURIComponent(revision), path ?? '')
}

function parseAddress(address: string, endpoint: string): Reference {
  let url: URL
  try {
    url = new URL(address)
  } catch (error) {
    throw new UserError(
      { title: `"${address}" is no address.`, detail: String(error), remedy: 'Check how it is written.' },
      { cause: error },
    )
  }
  for (const hub of [endpoint, ...PUBLIC_HUBS]) {
    const base = `${hub}/`
    if (!url.href.startsWith(base)) continue
    const place = parsePage(url.pathname.slice(new URL(base).pathname.length))
    if (place) return place
  }
  const folder = new URL('.', url)
  folder.search = ''
  const file = decodeURIComponent(url.pathname.slice(url.pathname.lastIndexOf('/') + 1))
  url.hash = ''
  return { kind: 'address', folder: folder.href, file: file ? { url: url.href, name: file } : undefined }
}

/** "owner/repo", "owner/repo/tree/revision/folder", "owner/repo/resolve/revision/file"; else undefined. */
function parsePage(path: string): RepoPlace | undefined {
  const [owner, repo, page, revision, ...rest] = path
    .replace(/\/+$/, '')
    .split('/')
    .map((part) => decodeURIComponent(part))
  if (!owner || !repo || ['api', 'datasets', 'spaces'].includes(owner)) return undefined
  if (page === undefined) return repoPlace(`${owner}/${repo}`, undefined, '')
  if (!revision || !['resolve', 'blob', 'tree', 'raw'].includes(page)) return undefined
  // "refs/pr/1" is a revision whose name holds slashes.
  const long = revision === 'refs' && rest.length >= 2
  const name = long ? [revision, ...rest.splice(0, 2)].join('/') : revision
  const inside = rest.join('/')
  return repoPlace(`${owner}/${repo}`, name, inside, page === 'tree' ? 'folder' : 'file')
}

function repoPlace(
  repo: string,
  revision: string | undefined,
  path: string,
  meant?: 'folder' | 'file',
): RepoPlace | undefined {
  const parts = path.split('/').filter((part) => part !== '')
  const sound = repo.split('/').every((part) => NAME.test(part)) && !parts.includes('..')
  if (!sound) return undefined
  const last = parts.at(-1)
  const isFile = meant ? meant === 'file' : !path.endsWith('/') && /\.[a-z][a-z0-9]*$/i.test(last ?? '')
  const file = isFile ? parts.pop() : undefined
  const folder = parts.map((part) => `${part}/`).join('')
  return { kind: 'repo', repo, revision: revision || DEFAULT_REVISION, folder, file }
}

/** An address as a person may see it and as it may be kept: without query, where signatures and tokens are. */
export function plainAddress(url: string): string {
  const { origin, pathname } = new URL(url)
  return origin + pathname
}

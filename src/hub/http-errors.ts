// What a person is told when an address does not give what was asked: one place for all of it. Addresses are named
// without their query, which may hold a signature.
import { Unreachable, UserError, type UserErrorFields } from '../lib/errors.ts'
import { formatBytes } from '../lib/format.ts'
import { plainAddress } from './reference.ts'

/** The server says there is no such file; callers for which a file is optional go on without it. */
export class MissingFile extends UserError {}

/** A page for people where a file or an answer should be. */
export class WebPage extends MissingFile {}

/** The server refuses ranges; the caller may take the whole file instead. */
export class NoRanges extends UserError {}

/** The file is another one than before: what was fetched of it is worth nothing. */
export class ChangedFile extends UserError {}

/** An answer with a status that is no success. */
export class RefusedRequest extends UserError {
  readonly status: number

  constructor(status: number, fields: UserErrorFields) {
    super(fields)
    this.status = status
  }
}

/** The error for a status; `code` is the hub's X-Error-Code where it sent one. */
export function statusError(
  url: string,
  status: number,
  sentToken: boolean,
  code?: string | null,
): UserError {
  const address = plainAddress(url)
  const detail = `${address} answered ${status}${code ? ` (${code})` : ''}.`
  switch (status) {
    case 401:
      return new RefusedRequest(status, {
        title: 'This file needs an access token.',
        detail,
        remedy: sentToken
          ? 'The token was not accepted: check it on the Sources page, or make a new one on the hub.'
          : 'The repository is gated or private, or its name is wrong: check it, accept its licence on the hub, and give a token on the Sources page.',
      })
    case 403:
      return new RefusedRequest(status, {
        title: 'Access to this file is refused.',
        detail,
        remedy: sentToken
          ? 'The token has no access: accept the repository’s licence on the hub with the same account, or use a token that may read it.'
          : 'The host does not give this file to everybody. On a hub, accept the licence and give a token on the Sources page.',
      })
    case 404:
    case 410:
      return new MissingFile({
        title: 'There is no such file.',
        detail,
        remedy: 'Check the name and the revision.',
      })
    case 416:
      return new ChangedFile({
        title: 'The file is shorter than it was said to be.',
        detail: `${detail} The part asked for is not in it.`,
        remedy: 'It may have been changed while it was read: open it again.',
      })
    case 429:
      return new RefusedRequest(status, {
        title: 'The host asks for fewer requests.',
        detail: `${detail} It did so each time it was asked again.`,
        remedy: 'Wait some minutes and try again: what has arrived is kept. A token raises a hub’s limit.',
      })
    default:
      return new RefusedRequest(status, {
        title: status >= 500 ? 'The host has a problem of its own.' : 'A file could not be fetched.',
        detail,
        remedy: 'Try again later: what has arrived is kept.',
      })
  }
}

/** No answer at all: the browser does not say whether the host is away or forbids other sites' pages. */
export function noAnswer(url: string, cause: unknown): Unreachable {
  const offline = typeof navigator === 'object' && navigator.onLine === false
  return new Unreachable(
    {
      title: 'A file could not be fetched.',
      detail: `No answer from ${plainAddress(url)}.${offline ? ' The browser says that it is offline.' : ''}`,
      remedy: offline
        ? 'Connect to the network and try again: what has arrived is kept.'
        : 'Check the connection and the address. If both are right, that host does not allow requests from other sites (CORS): download the file there and open it from disk.',
    },
    { cause },
  )
}

export function silent(url: string, seconds: number): UserError {
  return new UserError({
    title: 'The host has gone silent.',
    detail: `${plainAddress(url)} sent nothing for ${seconds} s, and not when it was asked again.`,
    remedy: 'Try again later: what has arrived is kept.',
  })
}

export function incomplete(url: string, got: number, wanted: number): UserError {
  return new UserError({
    title: 'A file arrived incomplete.',
    detail: `${plainAddress(url)} sent ${got} bytes where ${wanted} were asked for.`,
    remedy: 'Try again: what has arrived is kept.',
  })
}

export function otherPart(url: string, wanted: number, got: number): UserError {
  return new UserError({
    title: 'The host sent another part than asked for.',
    detail: `${plainAddress(url)} sent bytes from ${got} where those from ${wanted} were asked for.`,
    remedy: 'This host cannot be used by range: download the file and open it from disk.',
  })
}

export function wrongLength(url: string, wanted: number): UserError {
  return new UserError({
    title: 'The host sent another length than asked for.',
    detail: `${plainAddress(url)} sent more than the ${wanted} bytes asked for.`,
    remedy: 'This host cannot be used by range: download the file and open it from disk.',
  })
}

export function htmlPage(url: string): WebPage {
  return new WebPage({
    title: 'There is a web page where the file should be.',
    detail: `${plainAddress(url)} answered with an HTML page.`,
    remedy:
      'Check the address: give that of the file itself, not of a page about it. A network’s login page does this too.',
  })
}

/** An answer of an API that is longer than any it should give. */
export function tooLong(url: string, most: number): UserError {
  return new UserError({
    title: 'The host sent too long an answer.',
    detail: `${plainAddress(url)} sent more than the ${formatBytes(most)} that are read of an answer.`,
    remedy: 'Check the address, or try again later.',
  })
}

export function changed(url: string, before: string, after: string): ChangedFile {
  return new ChangedFile({
    title: 'The file changed while it was downloading.',
    detail: `${plainAddress(url)} was ${before} and is now ${after}. The bytes of the two were not mixed, and those fetched so far were dropped.`,
    remedy: 'Open it again: it is then fetched anew.',
  })
}

export function noRanges(url: string): NoRanges {
  return new NoRanges({
    title: 'The host does not send parts of files.',
    detail: `${plainAddress(url)} answered a request for a part (HTTP Range) with the whole file.`,
    remedy: 'Download the file and open it from disk.',
  })
}

/** Without ranges and storage a file has to fit in memory. */
export function tooLargeWhole(url: string, size: number | undefined, limit: number): UserError {
  return new UserError({
    title: 'This file is too large for its host.',
    detail: `${plainAddress(url)} ${size === undefined ? 'does not tell its size' : `is ${formatBytes(size)}`}, the host does not send parts of files (HTTP Range), and without the browser’s storage at most ${formatBytes(limit)} are taken whole.`,
    remedy: 'Download the file and open it from disk.',
  })
}

export function wrongDigest(name: string, wanted: string, found: string): UserError {
  return new UserError({
    title: 'The file is not the one the hub describes.',
    detail: `${name} has SHA-256 ${found.slice(0, 16)}…, and the hub says ${wanted.slice(0, 16)}…. It was deleted.`,
    remedy:
      'Open it again to fetch it anew; if this comes back, the host or something on the way changes the bytes.',
  })
}

/** A token must not travel along a redirect, and this browser would send it. */
export function unsafeForTokens(): UserError {
  return new UserError({
    title: 'This browser is too old to keep a token private.',
    detail: 'It would send the token along when the hub redirects to another host.',
    remedy: 'Update the browser, or download the files and open them from disk.',
  })
}

// A path that breaks behind its slashes before it breaks anywhere else.
import { Fragment } from 'react'

export function Breakable({ path }: { path: string }) {
  return path.split(/(?<=\/)/).map((part, at) => (
    // biome-ignore lint/suspicious/noArrayIndexKey: parts of one path, in its order.
    <Fragment key={at}>
      {part}
      <wbr />
    </Fragment>
  ))
}

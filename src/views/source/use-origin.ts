// Where the open source comes from, as far as it is known.
import type { CatalogueEntry, SaeInfo, StoredFile } from '../../engine/protocol.ts'
import { useApp } from '../../store/hooks.ts'
import { storedByName } from '../../store/source-filter.ts'

interface Origin {
  /** Its row in the bundled or the public catalogue, where it has one. */
  entry: CatalogueEntry | undefined
  /** Its file in the browser's storage, where it is kept. */
  stored: StoredFile | undefined
}

export function useOrigin({ repo, path }: SaeInfo): Origin {
  const entry = useApp(({ library, catalogue }) =>
    (library ?? catalogue)?.find((candidate) => candidate.repo === repo && candidate.path === path),
  )
  const stored = useApp(({ storage }) => storedByName(storage).get(`${repo}/${path}`))
  return { entry, stored }
}

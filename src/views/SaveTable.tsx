// What a list shows, as a file. Its menu is fetched after the first view, which has room for little.
import { type ComponentType, lazy, Suspense } from 'react'
import type { CallOptions } from '../engine/client.ts'
import type { TableFormat } from '../lib/table-file.ts'
import { Button } from '../ui/Button.tsx'

export interface SaveTableProps {
  /** Of the file, without its ending. */
  name: string
  /** The file's contents; undefined where there is nothing to save. */
  file(format: TableFormat, call: CallOptions): Promise<string | Blob | undefined>
}

const TableMenu = lazy<ComponentType<SaveTableProps>>(async () => ({
  // Where it cannot be fetched, the list has no such button.
  default: await import('./TableMenu.tsx').then(
    (part) => part.TableMenu,
    () => () => null,
  ),
}))

export function SaveTable(props: SaveTableProps) {
  return (
    <Suspense fallback={<InItsPlace />}>
      <TableMenu {...props} />
    </Suspense>
  )
}

/** The menu's button before it is there: what lies below does not move when it comes. */
function InItsPlace() {
  return (
    <Button look="pill" disabled>
      Save table
    </Button>
  )
}

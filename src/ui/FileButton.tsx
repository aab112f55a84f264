// A button that lets the user choose files, or a folder.
import { type ReactNode, useRef } from 'react'
import { Button } from './Button.tsx'

interface FileButtonProps {
  /** Name of the file field behind the button. */
  label: string
  multiple?: boolean
  folder?: boolean
  /** Endings of files that are offered: ".txt,.md". */
  accept?: string
  disabled: boolean
  /** Called with at least one. */
  onFiles(files: File[]): void
  children: ReactNode
}

export function FileButton({
  label,
  multiple,
  folder,
  accept,
  disabled,
  onFiles,
  children,
}: FileButtonProps) {
  const field = useRef<HTMLInputElement>(null)
  return (
    <>
      <Button disabled={disabled} onClick={() => field.current?.click()}>
        {children}
      </Button>
      <input
        ref={(element) => {
          field.current = element
          if (element) element.webkitdirectory = folder === true
        }}
        type="file"
        hidden
        aria-label={label}
        multiple={multiple}
        accept={accept}
        onChange={(event) => {
          const files = [...(event.target.files ?? [])]
          // The same files can be chosen again.
          event.target.value = ''
          if (files.length > 0) onFiles(files)
        }}
      />
    </>
  )
}

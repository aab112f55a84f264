// Files dropped anywhere on the page are opened; while they hover, the page says so.
import { useEffect, useState } from 'react'
import { droppedFiles } from '../lib/dropped-files.ts'
import { useActions } from '../store/hooks.ts'
import css from './DropTarget.module.css'

export function DropTarget() {
  const [over, setOver] = useState(false)
  const { openFiles } = useActions()
  useEffect(() => {
    const carriesFiles = (event: DragEvent): boolean => event.dataTransfer?.types.includes('Files') ?? false
    const onOver = (event: DragEvent): void => {
      if (!carriesFiles(event)) return
      event.preventDefault()
      setOver(true)
    }
    const onLeave = (event: DragEvent): void => {
      // Leaving an element for one inside it is no leaving of the window.
      if (event.relatedTarget === null) setOver(false)
    }
    const onDrop = (event: DragEvent): void => {
      setOver(false)
      if (!event.dataTransfer || !carriesFiles(event)) return
      event.preventDefault()
      void droppedFiles(event.dataTransfer).then(openFiles)
    }
    addEventListener('dragover', onOver)
    addEventListener('dragleave', onLeave)
    addEventListener('drop', onDrop)
    return () => {
      removeEventListener('dragover', onOver)
      removeEventListener('dragleave', onLeave)
      removeEventListener('drop', onDrop)
    }
  }, [openFiles])
  if (!over) return null
  return (
    <div className={css.veil} aria-hidden="true">
      <p className={css.words}>
        <b>Drop to open</b>
        <span>an SAE, a model folder, activations, or labels</span>
      </p>
    </div>
  )
}

// Grey lines where text will be, of about its height, so that nothing jumps when it comes.
import css from './Skeleton.module.css'

const WIDTHS = [94, 88, 97, 62, 91, 76]

export function Skeleton({ lines }: { lines: number }) {
  return (
    <div className={css.skeleton} aria-hidden="true">
      {Array.from({ length: lines }, (_, line) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: identical lines that never move.
        <i key={line} style={{ width: `${WIDTHS[line % WIDTHS.length]}%` }} />
      ))}
    </div>
  )
}

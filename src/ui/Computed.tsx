// What was computed of a feature, in another hand than what people wrote of it.
import css from './Computed.module.css'

export function Computed({ text }: { text: string }) {
  return (
    <span className={css.computed} title={`${text} (computed from the index, written by nobody)`}>
      {text}
      <span className="visually-hidden"> (computed)</span>
    </span>
  )
}

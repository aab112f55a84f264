// What was computed of a feature, in another hand than what people wrote of it.
import css from './Computed.module.css'

/** Said in every summary: where there is little room it is left to screen readers. */
const VERB = 'fires on '

/** `brief`: on a narrow page it is seen from what it is about. */
export function Computed({ text, brief = false }: { text: string; brief?: boolean }) {
  const cut = brief && text.startsWith(VERB)
  return (
    <span className={css.computed} title={`${text} (computed from the index, written by nobody)`}>
      {cut && <span className={css.verb}>{VERB}</span>}
      {cut ? text.slice(VERB.length) : text}
      <span className="visually-hidden"> (computed)</span>
    </span>
  )
}

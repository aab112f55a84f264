// When a key press is a shortcut and when it is typing.

/** True when a plain key belongs to a field, a menu or a browser command, not to the page. */
export function isTyping(event: KeyboardEvent): boolean {
  if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || event.isComposing)
    return true
  const { target } = event
  if (!(target instanceof HTMLElement)) return false
  return (
    target.isContentEditable ||
    target.matches('input, textarea, select') ||
    // A dialog that has just closed keeps the focus until the page is drawn next.
    target.closest('[role=listbox], [role=menu], [role=dialog], dialog[open]') !== null
  )
}

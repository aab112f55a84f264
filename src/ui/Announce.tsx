// A polite live region: what changed, for those who cannot see it.
export function Announce({ children }: { children: string }) {
  return (
    <p className="visually-hidden" aria-live="polite">
      {children}
    </p>
  )
}

// The one bar every page has: where we are, where to go, what computes, and the way to share it.
import { formatRoute } from '../../lib/route.ts'
import { BackendChip } from './BackendChip.tsx'
import { CopyLink } from './CopyLink.tsx'
import { FindFeature } from './FindFeature.tsx'
import { KeysDialog } from './KeysDialog.tsx'
import { SourcePickers } from './SourcePickers.tsx'
import { ThemeToggle } from './ThemeToggle.tsx'
import css from './TopBar.module.css'

export function TopBar() {
  return (
    <header className={css.bar}>
      <a className={css.logo} href={formatRoute({ view: 'home' })} aria-label="Featurescope, front page">
        <svg viewBox="0 0 22 22" aria-hidden="true">
          <circle cx="4" cy="4" r="2.2" opacity=".28" />
          <circle cx="11" cy="4" r="2.2" opacity=".28" />
          <circle cx="18" cy="4" r="2.2" />
          <circle cx="4" cy="11" r="2.2" />
          <circle cx="11" cy="11" r="2.2" opacity=".28" />
          <circle cx="18" cy="11" r="2.2" opacity=".28" />
          <circle cx="4" cy="18" r="2.2" opacity=".28" />
          <circle cx="11" cy="18" r="2.2" opacity=".62" />
          <circle cx="18" cy="18" r="2.2" opacity=".28" />
        </svg>
        <span className={css.word}>Featurescope</span>
      </a>
      <SourcePickers />
      <FindFeature />
      <div className={css.tools}>
        <BackendChip />
        <CopyLink />
        <ThemeToggle />
        <KeysDialog />
      </div>
    </header>
  )
}

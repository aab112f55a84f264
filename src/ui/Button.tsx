// The page's buttons: one strong, the rest quiet.
import type { ComponentProps } from 'react'
import css from './Button.module.css'

interface ButtonProps extends ComponentProps<'button'> {
  look?: 'strong' | 'quiet' | 'pill' | 'icon'
}

export function Button({ look = 'quiet', className, type = 'button', ...rest }: ButtonProps) {
  return (
    <button type={type} className={[css.button, css[look], className].filter(Boolean).join(' ')} {...rest} />
  )
}

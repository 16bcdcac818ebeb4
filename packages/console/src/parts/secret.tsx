/** Something that is shown this once, and can be copied. */
import { useId } from 'react'
import { CopyButton } from './copy-button.tsx'
import css from './secret.module.css'

export function Secret({ label, value }: { readonly label: string; readonly value: string }) {
  const id = useId()
  return (
    <div className={css['secret']}>
      <p id={`${id}-label`} className={css['label']}>
        {label}
      </p>
      <div role="group" aria-labelledby={`${id}-label`} className={css['box']}>
        <code id={id} dir="ltr" translate="no">
          {value}
        </code>
        <CopyButton text={value} shownIn={id} isFirst />
      </div>
    </div>
  )
}

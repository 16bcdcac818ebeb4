/** One view: its title – of the document, too –, what can be done here, and what it shows. */
import { type ReactNode, useEffect, useRef } from 'react'
import css from './page.module.css'

interface PageProps {
  readonly title: string
  /** Beside the title: a state. */
  readonly aside?: ReactNode
  /** The one primary action last. */
  readonly actions?: ReactNode
  readonly children: ReactNode
}

/** Whoever opens the console begins at its top; whoever goes on from there begins with the new view's title. */
let isFirst = true

export function Page({ title, aside, actions, children }: PageProps) {
  const heading = useRef<HTMLHeadingElement>(null)
  useEffect(() => {
    document.title = `${title} · Restpoint`
  }, [title])
  useEffect(() => {
    if (!isFirst) heading.current?.focus()
    isFirst = false
  }, [])
  return (
    <>
      <div className={css['head']}>
        <h1 ref={heading} tabIndex={-1} className="title">
          <bdi>{title}</bdi>
        </h1>
        {aside}
        {actions && <div className={css['actions']}>{actions}</div>}
      </div>
      {children}
    </>
  )
}

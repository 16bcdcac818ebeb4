/** A failure as people can use it: what, why, and what can be done about it. */
import type { ReactNode } from 'react'
import { language } from '../language/language.ts'
import { m } from '../paraglide/messages.js'
import { Icon } from '../parts/icon.tsx'
import { useProblemWords } from './catalogue.ts'
import { type Explained, explain } from './explain.ts'
import css from './problem.module.css'
import { Prose } from './prose.tsx'

interface ProblemProps {
  readonly error: unknown
  /** What can be done here and now: buttons. */
  readonly children?: ReactNode
  /** Fields that are shown beside their inputs, and not again here. */
  readonly except?: readonly string[]
}

export function Problem({ error, children, except = [] }: ProblemProps) {
  const explained = explain(error)
  const words = useProblemWords(explained.code)
  const title = words?.title ?? titleOf(explained)
  const remedy = words?.remedy ?? remedyOf(explained)
  const fields = Object.entries(explained.fields).filter(([name]) => !except.includes(name))
  const detail = explained.detail === title ? undefined : explained.detail
  return (
    <div role="alert" className={css['problem']}>
      <Icon name="problem" />
      <div className={css['text']}>
        <p className={css['title']}>{title}</p>
        {remedy && (
          <p>
            <Prose text={remedy} />
          </p>
        )}
        {fields.length > 0 && (
          <ul>
            {fields.map(([name, messages]) => (
              <li key={name}>
                <code>{name}</code> <FromService>{messages.join(', ')}</FromService>
              </li>
            ))}
          </ul>
        )}
        {detail && fields.length === 0 && (
          <p className={css['detail']}>
            {language().code !== 'en' && <>{m.problem_says()} </>}
            <FromService>{detail}</FromService>
          </p>
        )}
        {children && <div className={css['actions']}>{children}</div>}
      </div>
    </div>
  )
}

/** The service speaks English, whatever the page does. */
export function FromService({ children }: { readonly children: string }) {
  return (
    <bdi lang="en" dir="ltr">
      {children}
    </bdi>
  )
}

function titleOf({ kind, title }: Explained): string {
  if (kind === 'unreachable') return m.problem_unreachable()
  return kind === 'unexpected' ? m.problem_unexpected() : title
}

function remedyOf({ kind, remedy }: Explained): string | undefined {
  if (kind === 'unreachable') return m.problem_unreachable_remedy()
  return kind === 'unexpected' ? m.problem_unexpected_remedy() : remedy
}

/** Shows what there is to tell. What is done goes by itself, unless it is being read; a problem stays until it was seen. */
import { ActionIcon, Button } from '@mantine/core'
import { type ReactNode, useEffect, useState } from 'react'
import { m } from '../paraglide/messages.js'
import { Icon } from '../parts/icon.tsx'
import { Problem } from '../problems/problem.tsx'
import css from './notices.module.css'
import { dismiss, type Notice, useNotices } from './notices.ts'

const STAYS_MS = 8_000
/** One that can be acted upon. */
const STAYS_LONGER_MS = 20_000

export function Notices() {
  return (
    <section aria-label={m.notices_region()} className={css['notices']}>
      {/* There before anything is told: only then do screen readers say what is added. */}
      <div role="status" className={css['list']}>
        {useNotices().map(shown => (
          <div key={shown.id} className={css['one']}>
            {shown.kind === 'done' ? (
              <Done id={shown.id} notice={shown.notice} />
            ) : (
              <>
                <Problem error={shown.error} />
                <Dismiss id={shown.id} />
              </>
            )}
          </div>
        ))}
      </div>
    </section>
  )
}

function Done({ id, notice: { title, text, action } }: { readonly id: number; readonly notice: Notice }) {
  return (
    <Passing id={id} ms={action ? STAYS_LONGER_MS : STAYS_MS}>
      <Icon name="done" />
      <div className={css['text']}>
        <p className={css['title']}>{title}</p>
        {text && <p className={css['next']}>{text}</p>}
        {action && (
          <Button
            size="compact-sm"
            variant="light"
            mt={8}
            onClick={() => {
              dismiss(id)
              action.run()
            }}
          >
            {action.label}
          </Button>
        )}
      </div>
      <Dismiss id={id} />
    </Passing>
  )
}

interface PassingProps {
  readonly id: number
  readonly ms: number
  readonly children: ReactNode
}

function Passing({ id, ms, children }: PassingProps) {
  const [isRead, setIsRead] = useState(false)
  useEffect(() => {
    if (isRead) return
    const timer = setTimeout(() => dismiss(id), ms)
    return () => clearTimeout(timer)
  }, [id, ms, isRead])
  return (
    <div
      className={css['done']}
      onMouseEnter={() => setIsRead(true)}
      onMouseLeave={() => setIsRead(false)}
      onFocus={() => setIsRead(true)}
      onBlur={() => setIsRead(false)}
    >
      {children}
    </div>
  )
}

function Dismiss({ id }: { readonly id: number }) {
  return (
    <ActionIcon
      className={css['dismiss']}
      variant="subtle"
      color="gray"
      size="sm"
      aria-label={m.notice_dismiss()}
      onClick={() => dismiss(id)}
    >
      <Icon name="close" />
    </ActionIcon>
  )
}

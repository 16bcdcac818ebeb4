/** The shape of every dialog: what it is about, what stands in its way, the same as code, and one thing to do. */
import { Button, Modal } from '@mantine/core'
import { type FormEvent, type ReactNode, useId, useState } from 'react'
import { m } from '../paraglide/messages.js'
import { ActionButton } from '../parts/action-button.tsx'
import { type Request, Samples } from '../parts/as-code.tsx'
import { Icon } from '../parts/icon.tsx'
import css from './dialog.module.css'

interface DialogProps {
  readonly title: string
  /** What the one button says: what it does. */
  readonly confirm: string
  /** Why it cannot be done now. */
  readonly reason: string | undefined
  readonly isFinal?: boolean
  readonly isRunning: boolean
  readonly request: Request
  readonly run: () => void
  readonly close: () => void
  readonly children: ReactNode
}

export function Dialog(props: DialogProps) {
  const { title, confirm, reason, isFinal = false, isRunning, request, run, close, children } = props
  const [isCodeShown, setIsCodeShown] = useState(false)
  const code = useId()
  const submit = (event: FormEvent) => {
    event.preventDefault()
    if (reason === undefined && !isRunning) run()
  }
  return (
    <Modal
      opened
      onClose={close}
      title={title}
      size="lg"
      classNames={{ title: css['title'] }}
      closeButtonProps={{ 'aria-label': m.close() }}
    >
      <form className={css['form']} onSubmit={submit} noValidate>
        {children}
        <div className={css['buttons']}>
          <Button
            variant="subtle"
            color="gray"
            leftSection={<Icon name="code" />}
            aria-expanded={isCodeShown}
            aria-controls={code}
            onClick={() => setIsCodeShown(!isCodeShown)}
          >
            {m.code_button()}
          </Button>
          <span className={css['space']} />
          <Button variant="default" onClick={close}>
            {m.cancel()}
          </Button>
          <ActionButton type="submit" reason={reason} loading={isRunning} {...(isFinal ? { color: 'red' } : {})}>
            {confirm}
          </ActionButton>
        </div>
        <div id={code}>{isCodeShown && <Samples request={request} />}</div>
      </form>
    </Modal>
  )
}

/** A token that was just made: its secret, this once. It is not closed by accident. */
import { Button, Modal } from '@mantine/core'
import type { NewToken } from '@restpoint/sdk/source'
import { m } from '../../paraglide/messages.js'
import { Code } from '../../parts/code.tsx'
import { Secret } from '../../parts/secret.tsx'
import css from './tokens.module.css'

interface NewSecretProps {
  readonly title: string
  readonly token: NewToken
  readonly close: () => void
}

export function NewSecret({ title, token, close }: NewSecretProps) {
  return (
    <Modal
      opened
      onClose={close}
      title={title}
      size="lg"
      withCloseButton={false}
      closeOnClickOutside={false}
      closeOnEscape={false}
    >
      <div className={css['secret']}>
        <p>{m.tokens_secret_once()}</p>
        <Secret label={m.tokens_secret()} value={token.token} />
        <p>{m.tokens_secret_use()}</p>
        <p>
          <Code>restpoint login --url {location.origin}</Code>
        </p>
        <div className={css['buttons']}>
          <Button onClick={close}>{m.tokens_secret_stored()}</Button>
        </div>
      </div>
    </Modal>
  )
}

/** A button that says why it cannot be used now. It stays reachable, so that everybody gets to know the reason. */
import { Button, type ButtonProps, Tooltip } from '@mantine/core'
import type { ComponentProps } from 'react'

interface ActionButtonProps extends ButtonProps, Pick<ComponentProps<'button'>, 'type' | 'form'> {
  /** In words; undefined: it can be used. */
  readonly reason: string | undefined
  readonly onClick?: () => void
}

export function ActionButton({ reason, onClick, ...props }: ActionButtonProps) {
  if (reason === undefined) return <Button {...props} onClick={onClick} />
  return (
    <Tooltip label={reason} multiline maw={320} events={{ hover: true, focus: true, touch: true }}>
      <Button {...props} data-disabled aria-disabled onClick={event => event.preventDefault()} />
    </Tooltip>
  )
}

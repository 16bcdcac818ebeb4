/** What can be done with one row of a list, at its end. What cannot be done now says why. */
import { ActionIcon, Menu } from '@mantine/core'
import { m } from '../paraglide/messages.js'
import { Icon } from './icon.tsx'

export interface RowAction {
  readonly label: string
  /** Why it cannot be done now. */
  readonly reason?: string | undefined
  readonly isFinal?: boolean
  readonly run: () => void
}

interface RowMenuProps {
  /** Of the row: its name is in it. */
  readonly label: string
  readonly actions: readonly RowAction[]
  /** Opens the same as code. Undefined: there is no request for one row. */
  readonly showCode?: () => void
}

export function RowMenu({ label, actions, showCode }: RowMenuProps) {
  return (
    <Menu position="bottom-end" width={260}>
      <Menu.Target>
        <ActionIcon variant="subtle" color="gray" aria-label={label}>
          <Icon name="more" />
        </ActionIcon>
      </Menu.Target>
      <Menu.Dropdown>
        {actions.map(action => (
          <RowItem key={action.label} action={action} />
        ))}
        {showCode && (
          <>
            <Menu.Divider />
            <Menu.Item leftSection={<Icon name="code" />} onClick={showCode}>
              {m.code_button()}
            </Menu.Item>
          </>
        )}
      </Menu.Dropdown>
    </Menu>
  )
}

/** It stays reachable by keyboard, so that everybody gets to know the reason. */
function RowItem({ action: { label, reason, isFinal, run } }: { readonly action: RowAction }) {
  if (reason === undefined) {
    return (
      <Menu.Item onClick={run} {...(isFinal ? { color: 'red' } : {})}>
        {label}
      </Menu.Item>
    )
  }
  return (
    <Menu.Item aria-disabled data-disabled closeMenuOnClick={false}>
      {label}
      <span className="reason">{reason}</span>
    </Menu.Item>
  )
}

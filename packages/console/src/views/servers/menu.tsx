/** What can be done with a server, at the end of its row. */
import { ActionIcon, Menu } from '@mantine/core'
import type { Server } from '@restpoint/sdk/source'
import { useState } from 'react'
import { isolated } from '../../format/isolate.ts'
import { m } from '../../paraglide/messages.js'
import { AsCodeDialog } from '../../parts/as-code.tsx'
import { Icon } from '../../parts/icon.tsx'
import { usePowers } from './power.ts'

export function ServerMenu({ server }: { readonly server: Server }) {
  const powers = usePowers(server)
  const [isCodeOpen, setIsCodeOpen] = useState(false)
  return (
    <>
      <Menu position="bottom-end" width={260}>
        <Menu.Target>
          <ActionIcon
            variant="subtle"
            color="gray"
            aria-label={m.servers_menu({ name: isolated(server.name) })}
            loading={powers.some(({ isRunning }) => isRunning)}
          >
            <Icon name="more" />
          </ActionIcon>
        </Menu.Target>
        <Menu.Dropdown>
          {powers.map(({ power, label, reason, run }) => (
            <Menu.Item key={power} disabled={reason !== undefined} onClick={run}>
              {label}
              {reason && <span className="reason">{reason}</span>}
            </Menu.Item>
          ))}
          <Menu.Divider />
          <Menu.Item leftSection={<Icon name="code" />} onClick={() => setIsCodeOpen(true)}>
            {m.code_button()}
          </Menu.Item>
        </Menu.Dropdown>
      </Menu>
      <AsCodeDialog
        request={{ method: 'GET', path: `/api/v1/servers/${server.id}/`, cli: `restpoint server show ${server.id}` }}
        isOpen={isCodeOpen}
        close={() => setIsCodeOpen(false)}
      />
    </>
  )
}

/** What can be done with a server: a snapshot is the first thing, everything else is in a menu. */

import { ActionIcon, Menu } from '@mantine/core'
import type { ServerDetail } from '@restpoint/sdk/source'
import { useMemo, useState } from 'react'
import { useReasons } from '../../actions/reasons.ts'
import { requests } from '../../actions/requests.ts'
import { CloneDialog } from '../../dialogs/clone.tsx'
import { DeleteServerDialog } from '../../dialogs/delete-server.tsx'
import { SnapshotDialog } from '../../dialogs/snapshot.tsx'
import { isolated } from '../../format/isolate.ts'
import { useCommands } from '../../palette/commands.ts'
import { m } from '../../paraglide/messages.js'
import { ActionButton } from '../../parts/action-button.tsx'
import { AsCodeDialog } from '../../parts/as-code.tsx'
import { Icon } from '../../parts/icon.tsx'
import { usePowers } from '../servers/power.ts'

type Opened = 'snapshot' | 'clone' | 'delete' | 'code'

export function ServerActions({ server }: { readonly server: ServerDetail }) {
  const [opened, open] = useState<Opened>()
  const reasonAgainst = useReasons(server)
  const powers = usePowers(server)
  const against = reasonAgainst('snapshot')
  const close = () => open(undefined)
  useCommands(
    useMemo(() => {
      const command = { id: 'snapshot', label: m.action_snapshot(), run: () => open('snapshot') }
      return against === undefined ? [command] : []
    }, [against]),
  )
  return (
    <>
      <Menu position="bottom-end" width={260}>
        <Menu.Target>
          <ActionIcon
            variant="default"
            size={36}
            aria-label={m.servers_menu({ name: isolated(server.name) })}
            loading={powers.some(({ isRunning }) => isRunning)}
          >
            <Icon name="more" />
          </ActionIcon>
        </Menu.Target>
        <Menu.Dropdown>
          {powers.map(({ power, label, reason, run }) => (
            <Choice key={power} label={label} reason={reason} run={run} />
          ))}
          <Menu.Divider />
          <Choice label={m.action_clone()} reason={reasonAgainst('clone')} run={() => open('clone')} />
          <Choice label={m.code_button()} reason={undefined} run={() => open('code')} />
          <Menu.Divider />
          <Choice label={m.action_delete_server()} reason={reasonAgainst('delete')} run={() => open('delete')} />
        </Menu.Dropdown>
      </Menu>
      <ActionButton reason={against} onClick={() => open('snapshot')}>
        {m.action_snapshot()}
      </ActionButton>
      {opened === 'snapshot' && <SnapshotDialog server={server} close={close} />}
      {opened === 'clone' && <CloneDialog server={server} close={close} />}
      {opened === 'delete' && <DeleteServerDialog server={server} close={close} />}
      <AsCodeDialog request={requests.show(server)} isOpen={opened === 'code'} close={close} />
    </>
  )
}

interface ChoiceProps {
  readonly label: string
  readonly reason: string | undefined
  readonly run: () => void
}

function Choice({ label, reason, run }: ChoiceProps) {
  return (
    <Menu.Item disabled={reason !== undefined} onClick={run}>
      {label}
      {reason && <span className="reason">{reason}</span>}
    </Menu.Item>
  )
}

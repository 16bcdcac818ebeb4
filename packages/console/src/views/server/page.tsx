/** One server: its state and what it is made of. */

import type { ServerDetail } from '@restpoint/sdk/source'
import { useParams } from 'wouter'
import { useServer } from '../../data/servers.ts'
import { GIB, MIB, number } from '../../format/numbers.ts'
import { Page } from '../../frame/page.tsx'
import { language } from '../../language/language.ts'
import { m } from '../../paraglide/messages.js'
import { ActionButton } from '../../parts/action-button.tsx'
import { AsCode } from '../../parts/as-code.tsx'
import { Code } from '../../parts/code.tsx'
import { Facts } from '../../parts/facts.tsx'
import { Size } from '../../parts/size.tsx'
import { StateDot } from '../../parts/state-dot.tsx'
import { Answered } from '../../parts/states.tsx'
import { Ago } from '../../parts/time.tsx'
import { FromService } from '../../problems/problem.tsx'
import { usePowers } from '../servers/power.ts'

export default function ServerPage() {
  const { id = '' } = useParams()
  const server = useServer(Number(id))
  return <Answered query={server}>{data => <OneServer server={data} />}</Answered>
}

function OneServer({ server }: { readonly server: ServerDetail }) {
  const { id, name, hostname, status, status_reason, ip_address, plan, os, created_at } = server
  return (
    <Page
      title={name}
      aside={<StateDot state={status} />}
      actions={
        <>
          <AsCode request={{ method: 'GET', path: `/api/v1/servers/${id}/`, cli: `restpoint server show ${id}` }} />
          {usePowers(server).map(({ power, label, reason, isRunning, run }) => (
            <ActionButton key={power} variant="default" size="sm" reason={reason} loading={isRunning} onClick={run}>
              {label}
            </ActionButton>
          ))}
        </>
      }
    >
      <Facts
        facts={[
          [m.servers_state(), status_reason && <FromService key="reason">{status_reason}</FromService>],
          [m.servers_address(), <Code key="address">{ip_address ?? hostname}</Code>],
          [m.server_vcpus(), number(language(), plan.vcpus)],
          [m.server_memory(), <Size key="memory" bytes={plan.memory * MIB} />],
          [m.server_disk(), <Size key="disk" bytes={plan.storage * GIB} />],
          [m.server_system(), <bdi key="system">{os.name}</bdi>],
          [m.server_made(), <Ago key="made" at={created_at} />],
        ]}
      />
    </Page>
  )
}

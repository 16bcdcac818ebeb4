/** What a server is called and how it behaves; and what it is, which does not change. */
import type { ServerDetail } from '@restpoint/sdk/source'
import { requests } from '../../../actions/requests.ts'
import { GIB, MIB, number } from '../../../format/numbers.ts'
import { language } from '../../../language/language.ts'
import { m } from '../../../paraglide/messages.js'
import { AsCode } from '../../../parts/as-code.tsx'
import { Code } from '../../../parts/code.tsx'
import { Facts } from '../../../parts/facts.tsx'
import { Size } from '../../../parts/size.tsx'
import { Ago } from '../../../parts/time.tsx'
import { FromService } from '../../../problems/problem.tsx'
import { SettingsForm } from './settings-form.tsx'
import css from './tabs.module.css'

export default function Settings({ server }: { readonly server: ServerDetail }) {
  const { id, uuid, plan, os, firmware, disks, network, identity, cloned_from, created_at } = server
  return (
    <>
      <section className={css['section']} aria-labelledby="settings-change">
        <h2 id="settings-change">{m.change_change()}</h2>
        <SettingsForm server={server} />
      </section>
      <section className={css['section']} aria-labelledby="settings-plan">
        <h2 id="settings-plan">{m.change_plan()}</h2>
        <Facts
          facts={[
            [m.change_id(), <Code key="id">{id}</Code>],
            [m.server_vcpus(), number(language(), plan.vcpus)],
            [m.server_memory(), <Size key="memory" bytes={plan.memory * MIB} />],
            [m.change_disks(), <Disks key="disks" disks={disks} />],
            [m.server_system(), <bdi key="system">{os.name}</bdi>],
            [m.change_firmware(), <Code key="firmware">{firmware}</Code>],
            [m.server_made(), <Ago key="made" at={created_at} />],
            [m.change_cloned_from(), cloned_from === null ? null : <Code key="clone">{cloned_from}</Code>],
          ]}
        />
      </section>
      <section className={css['section']} aria-labelledby="settings-network">
        <h2 id="settings-network">{m.change_network()}</h2>
        <Facts
          facts={[
            [m.change_network_type(), <Code key="type">{network.bridge ?? network.type}</Code>],
            [m.servers_address(), server.ip_address && <Code key="address">{server.ip_address}</Code>],
            [m.change_ports(), network.forwards.length > 0 ? <Ports key="ports" forwards={network.forwards} /> : null],
          ]}
        />
      </section>
      <section className={css['section']} aria-labelledby="settings-identity">
        <h2 id="settings-identity">{m.change_identity()}</h2>
        {identity.note && (
          <p>
            <FromService>{identity.note}</FromService>
          </p>
        )}
        <Facts
          facts={[
            ['UUID', <Origin key="uuid" origin={identity.uuid} value={uuid} />],
            [m.identity_mac(), identity.mac && <Origin key="mac" origin={identity.mac} value={network.mac} />],
            [m.identity_hostname(), <Origin key="hostname" origin={identity.hostname} value={server.hostname} />],
            ['machine-id', <Origin key="machine" origin={identity.machine_id} value={null} />],
            [m.identity_ssh(), <Origin key="ssh" origin={identity.ssh_host_keys} value={null} />],
          ]}
        />
      </section>
      <AsCode request={requests.show(server)} />
    </>
  )
}

const origins = {
  new: m.identity_new,
  by_cloud_init: m.identity_by_cloud_init,
  copied: m.identity_copied,
} as const

function Origin({ origin, value }: { readonly origin: keyof typeof origins; readonly value: string | null }) {
  return (
    <>
      {value !== null && (
        <>
          <Code>{value}</Code>{' '}
        </>
      )}
      <span className="dim">{origins[origin]()}</span>
    </>
  )
}

function Disks({ disks }: Pick<ServerDetail, 'disks'>) {
  return disks
    .filter(({ role }) => role === 'disk')
    .map(({ slot, size_gb }, index) => (
      <span key={slot}>
        {index > 0 && ' + '}
        <Size bytes={size_gb * GIB} />
      </span>
    ))
}

function Ports({ forwards }: Pick<ServerDetail['network'], 'forwards'>) {
  return forwards.map(({ host, host_port, guest_port }) => (
    <div key={host_port}>
      <Code>
        {host}:{host_port} → {guest_port}
      </Code>
    </div>
  ))
}

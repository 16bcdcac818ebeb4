/** How the server is reached: behind the host through forwarded ports, on a bridge, or not at all. */
import { ActionIcon, Button, NativeSelect, TextInput } from '@mantine/core'
import { useId } from 'react'
import { number } from '../../format/numbers.ts'
import { language } from '../../language/language.ts'
import { m } from '../../paraglide/messages.js'
import { Icon } from '../../parts/icon.tsx'
import css from './new-server.module.css'
import type { PartProps } from './part.ts'
import { isPort, limits, type Network, networks, type Port } from './wish.ts'

const labels: Readonly<Record<Network, () => string>> = {
  user: m.new_network_user,
  bridge: m.new_network_bridge,
  none: m.new_network_none,
}
const hints: Readonly<Record<Network, () => string>> = {
  user: m.new_network_user_hint,
  bridge: m.new_network_bridge_hint,
  none: m.new_network_none_hint,
}

export function NetworkFields({ wish, faults, told, isTried, change }: PartProps) {
  const heading = useId()
  const { network, bridge } = wish
  return (
    <section aria-labelledby={heading}>
      <h2 id={heading}>{m.new_network_title()}</h2>
      <NativeSelect
        label={m.new_network()}
        description={hints[network]()}
        value={network}
        data={networks.map(value => ({ value, label: labels[value]() }))}
        error={told('network')}
        onChange={event => change({ network: networks.find(one => one === event.currentTarget.value) ?? 'user' })}
      />
      {network === 'bridge' && (
        <TextInput
          label={m.new_bridge()}
          value={bridge}
          placeholder="br0"
          error={faults.has('bridge') && (bridge !== '' || isTried) ? m.new_bridge_fault() : undefined}
          dir="ltr"
          autoComplete="off"
          spellCheck={false}
          onChange={event => change({ bridge: event.currentTarget.value })}
        />
      )}
      {network === 'user' && <Ports ports={wish.ports} change={ports => change({ ports })} />}
      {network === 'user' && told('forwards') && <p className={css['fault']}>{told('forwards')}</p>}
    </section>
  )
}

interface PortsProps {
  readonly ports: readonly Port[]
  readonly change: (ports: readonly Port[]) => void
}

function Ports({ ports, change }: PortsProps) {
  const replace = (key: number, by: Partial<Port>) =>
    change(ports.map(port => (port.key === key ? { ...port, ...by } : port)))
  const add = () => change([...ports, { key: Math.max(-1, ...ports.map(({ key }) => key)) + 1, guest: '', host: '' }])
  const shown = language()
  const range = ([least, most]: readonly [number, number]) =>
    m.new_number_fault({ least: number(shown, least), most: number(shown, most) })
  return (
    <div className={css['ports']}>
      {ports.map(({ key, guest, host }) => {
        const is = isPort({ guest, host })
        const isDouble = host !== '' && ports.some(port => port.key !== key && port.host === host)
        return (
          <div key={key} className={css['port']}>
            <TextInput
              label={m.new_port_guest()}
              value={guest}
              error={is.guest ? undefined : range(limits.guestPort)}
              inputMode="numeric"
              dir="ltr"
              autoComplete="off"
              onChange={event => replace(key, { guest: event.currentTarget.value })}
            />
            <TextInput
              label={m.new_port_host()}
              value={host}
              placeholder={m.new_port_any()}
              error={isDouble ? m.new_port_double() : is.host ? undefined : range(limits.hostPort)}
              inputMode="numeric"
              dir="ltr"
              autoComplete="off"
              onChange={event => replace(key, { host: event.currentTarget.value })}
            />
            <ActionIcon
              variant="subtle"
              color="gray"
              size={36}
              aria-label={m.new_port_remove({ port: guest })}
              onClick={() => change(ports.filter(port => port.key !== key))}
            >
              <Icon name="close" />
            </ActionIcon>
          </div>
        )
      })}
      {ports.length < limits.ports && (
        <Button variant="default" size="sm" onClick={add}>
          {m.new_port_add()}
        </Button>
      )}
    </div>
  )
}

import type { ServerDetail } from '@restpoint/sdk/source'
import { status } from '../terminal/colour.ts'
import { fields } from '../terminal/table.ts'
import { mebibytes, when } from '../terminal/units.ts'

export function serverLines(server: ServerDetail): string[] {
  const { plan, network, undo, identity, disks, agent } = server
  const sizes = disks.filter(({ role }) => role === 'disk').map(({ size_gb }) => `${size_gb} GB`)
  const forwards = network.forwards.map(({ host, host_port, guest_port }) => `${host}:${host_port} → ${guest_port}`)
  return fields([
    ['Server', `${server.name} (${server.id})`],
    ['Status', status(server.status)],
    ['Reason', server.status_reason],
    ['Host name', server.hostname],
    ['Address', server.ip_address],
    ['Location', server.location],
    ['Plan', `${plan.vcpus} vCPU, ${mebibytes(plan.memory)}${plan.name ? ` (${plan.name})` : ''}`],
    ['Disks', sizes.join(', ')],
    ['System', server.os.name],
    ['Firmware', server.firmware],
    ['Network', `${network.bridge ?? network.type}${network.quarantine ? ', unplugged' : ''}`],
    ['MAC', network.mac],
    ['Forwards', forwards.join(', ')],
    ['Guest agent', agent.connected ? 'connected' : 'not connected'],
    ['Autostart', server.autostart ? 'yes' : 'no'],
    ['Undo', undo.available ? `possible, ends ${when(undo.until)}` : 'nothing to undo'],
    ['Clone of', server.cloned_from === null ? null : `snapshot ${server.cloned_from}`],
    ['Left to do', identity.note],
    ['Made', when(server.created_at)],
  ])
}

/** After it was started, stopped and so on. */
export function serverLine({ id, name, status: state }: ServerDetail): string[] {
  return [`Server ${name} (${id}) is ${status(state)}.`]
}

/** After it was made: with what it shares with its origin, and what to do about it. */
export function newServerLines(server: ServerDetail): string[] {
  const { note } = server.identity
  return note === null ? serverLine(server) : [...serverLine(server), note]
}

import { isIPv4, isIPv6 } from 'node:net'
import type { Agent } from '@restpoint/qmp/agent'
import { QmpError } from '@restpoint/qmp/errors'
import type { GuestDescription } from './protocol.ts'

const maxBytes = 256 * 1024
const maxAddresses = 64
const maxCommands = 300

/** What the agent tells of its guest. Throws what `Agent.execute` throws, except that an old agent may know less. */
export async function describe(agent: Agent, timeoutMs: number): Promise<GuestDescription> {
  const until = performance.now() + timeoutMs
  const ask = async (command: string): Promise<unknown> => {
    try {
      return await agent.execute(command, undefined, { timeoutMs: Math.max(1, until - performance.now()), maxBytes })
    } catch (error) {
      if (error instanceof QmpError) return null
      throw error
    }
  }
  const info = await ask('guest-info')
  const os = await ask('guest-get-osinfo')
  return {
    version: text(field(info, 'version'), 40) ?? 'unknown',
    ipAddresses: addresses(await ask('guest-network-get-interfaces')),
    osName: text(field(os, 'pretty-name'), 100) ?? text(field(os, 'name'), 100) ?? text(field(os, 'id'), 100),
    commands: commands(field(info, 'supported_commands')),
  }
}

function addresses(interfaces: unknown): string[] {
  const found = list(interfaces)
    .flatMap(one => list(field(one, 'ip-addresses')))
    .map(one => field(one, 'ip-address'))
    .filter(one => typeof one === 'string')
  const v4 = found.filter(one => isIPv4(one) && !one.startsWith('127.') && !one.startsWith('169.254.'))
  const v6 = found.filter(one => isIPv6(one) && one !== '::1' && !/^fe[89ab]|%/i.test(one))
  return [...new Set([...v4, ...v6])].slice(0, maxAddresses)
}

function commands(supported: unknown): string[] {
  return list(supported)
    .filter(one => field(one, 'enabled') === true)
    .map(one => field(one, 'name'))
    .filter(name => typeof name === 'string' && /^[a-z0-9-]{1,64}$/.test(name))
    .slice(0, maxCommands) as string[]
}

/** Guest-written text on one line: no control or format characters, cut; `null` when nothing is left. */
function text(value: unknown, maxLength: number): string | null {
  if (typeof value !== 'string') return null
  const kept = value
    .slice(0, 4 * maxLength)
    .replace(/[\p{C}\p{Zl}\p{Zp}]/gu, '')
    .trim()
    .slice(0, maxLength)
  return kept === '' ? null : kept.toWellFormed()
}

function field(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>)[name] : undefined
}

function list(value: unknown): unknown[] {
  return Array.isArray(value) ? value : []
}

/**
 * A host on which everything has happened that the views show: images, snapshots good and bad, operations that failed and
 * one that is at work, tokens, accounts. Texts that people may enter are as nasty as the API allows.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import { MIB } from '../../../server/test/http/harness.ts'
import type { Context } from '../support.ts'
import { openConsoleWorld } from '../support.ts'
import { NASTY } from './nasty.ts'

const first = (length: number) => [...NASTY].slice(0, length).join('')

export const FILE = '/srv/images/debian-12.qcow2'
export const LINKED = '/srv/images/very/far/away/from/home/and/without/a/place/to/break-alpine-3.22-nocloud-amd64.raw'
const waiting = { headers: { prefer: 'wait=30' } }

export async function openScene(t: Context) {
  const world = await openConsoleWorld(t)
  const { controls } = world.memory
  const ask = async (path: string, body: unknown, options = {}) => {
    const { status, body: reply } = await world.post(path, body, options)
    if (status >= 300) throw new Error(`${path}: ${JSON.stringify(reply)}`)
    return reply
  }

  const blocks = new Map([[0, 1]])
  controls.putFile(FILE, { format: 'qcow2', sizeBytes: 2048 * MIB, blocks })
  controls.putFile(LINKED, { format: 'raw', sizeBytes: 512 * MIB, blocks })
  const image = await ask('images/', { name: 'debian-12', path: FILE, format: 'qcow2', os_name: 'Debian 12' }, waiting)
  const linked = { name: 'alpine', path: LINKED, format: 'raw', cloud_init: false, os_name: first(100) }
  await ask('images/?link=true', linked, waiting)

  await ask(`servers/${world.serverId}/start/`, undefined, waiting)
  const write = (value: number) => {
    for (const block of [1, 2, 3]) controls.write(world.serverId, 0, block, value)
  }
  write(1)
  await world.completed('before-upgrade')
  write(2)
  const gone = await world.completed('gone')
  write(3)
  const nasty = { server_id: world.serverId, name: `long-${'n'.repeat(250)}`, description: first(1000) }
  await ask('snapshots/', nasty, waiting)
  const other = await world.addServer(world.accountId, `s-${'e'.repeat(200)}`)
  await ask('snapshots/', { server_id: other, name: 'weekly_2026-11-21' }, waiting)

  // One that fails, and says why: nobody can freeze.
  controls.setAgent(world.serverId, 'absent')
  await ask('snapshots/?consistency=filesystem', { server_id: world.serverId, name: 'proven-or-nothing' }, waiting)

  // A merge that is at work for as long as anybody looks.
  controls.holdMerges()
  await world.call(`snapshots/${gone}/`, { method: 'DELETE' })
  while ((await world.call('operations/?status=running')).body.count === 0) await sleep(10)

  const permissions = ['servers:read', 'snapshots:read', 'snapshots:write']
  await ask('tokens/', { name: first(100), permissions, expires_at: '2099-01-15T18:30:00Z' })
  const nightly = await ask('tokens/', { name: 'nightly', permissions })
  const names = { first_name: first(100), last_name: first(100), company_name: first(100) }
  const quota = { servers: 3, snapshots_per_server: 10, bytes: 50 * 1024 * MIB }
  const ada = await ask('accounts/', { email: `${'a'.repeat(200)}@example.com`, ...names, quota })
  return { ...world, image, nightly, ada, ask }
}
export type Scene = Awaited<ReturnType<typeof openScene>>

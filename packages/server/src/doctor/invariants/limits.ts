/** I25, I26: limits that were not crossed. */
import { countServers } from '../../layers/space.ts'
import type { Invariant } from '../finding.ts'
import type { World } from '../world.ts'

type Check = Invariant<World>['check']

const SNAPSHOTS = 5
const MIB = 1024 * 1024

const snapshots: Check = async ({ rows, options, db }) => {
  const findings: Awaited<ReturnType<Check>> = []
  for (const { id, account_id } of rows.servers.values()) {
    const count = [...rows.snapshots.values()].filter(one => one.server_id === id && one.status !== 'failed').length
    const quota = rows.accounts.find(account => account.id === account_id)?.quota_snapshots
    const limit = quota ?? options.snapshotLimit ?? SNAPSHOTS
    if (count <= limit) continue
    findings.push({
      level: 'fault',
      subject: `server ${id}`,
      text: `Server ${id} has ${count} snapshots; the limit is ${limit}.`,
      remedy: 'If the limit was lowered since, all is well. If not, tell us: nothing of ours crosses it.',
    })
  }
  for (const { id, quota_servers } of rows.accounts) {
    if (quota_servers === null) continue
    const count = await countServers(db, id)
    if (count <= quota_servers) continue
    findings.push({
      level: 'fault',
      subject: `account ${id}`,
      text: `Account ${id} has ${count} servers; its quota is ${quota_servers}.`,
      remedy: 'If the quota was lowered since, all is well. If not, tell us: nothing of ours crosses it.',
    })
  }
  return findings
}

/** Guests may take what is kept free, and that is what it is for; but then somebody has to come. */
const reserve: Check = async ({ options, host, paths }) => {
  const reserveMb = options.reserveMb ?? 0
  if (reserveMb === 0) return []
  const free = Math.floor((await host.freeBytes(paths.layers)) / MIB)
  if (free >= reserveMb) return []
  return [
    {
      level: 'fault',
      subject: 'free space',
      text: `${free} MiB are free where the layers are; ${reserveMb} MiB are to be kept.`,
      remedy: 'Guests stop when nothing is left. "When the disk is full" in docs/operating.md is the way out.',
    },
  ]
}

export const limitInvariants: Invariant<World>[] = [
  { id: 'I25', title: 'limits hold', check: snapshots },
  { id: 'I26', title: 'the reserve is free', check: reserve },
]

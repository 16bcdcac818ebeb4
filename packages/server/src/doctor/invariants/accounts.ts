/** I33: nothing refers to, or reads, what is another account's. */
import type { Invariant } from '../finding.ts'
import { chainOf } from '../rows.ts'
import type { World } from '../world.ts'

type Check = Invariant<World>['check']

const apart: Check = async ({ rows, db }) => {
  const findings: Awaited<ReturnType<Check>> = []
  const say = (subject: string, text: string) =>
    findings.push({
      level: 'damage',
      subject,
      text,
      remedy: 'Stop the service and find out how it came about: nothing of ours makes such a row.',
    })
  const ownerOf = (server: number) => rows.servers.get(server)?.account_id
  const gone = new Set(rows.accounts.filter(({ deleted_at }) => deleted_at !== null).map(({ id }) => id))

  for (const { id, account_id, server_id } of rows.snapshots.values()) {
    if (account_id === ownerOf(server_id)) continue
    say(
      `snapshot ${id}`,
      `Snapshot ${id} is account ${account_id}'s, and its server ${server_id} account ${ownerOf(server_id)}'s.`,
    )
  }
  for (const { id, account_id, server_id, kind } of rows.operations) {
    if (server_id === null || account_id === ownerOf(server_id)) continue
    say(
      `operation ${id}`,
      `Operation ${id} (${kind}) is account ${account_id}'s, and its server ${server_id} account ${ownerOf(server_id)}'s.`,
    )
  }
  const tops = [
    ...rows.disks.map(disk => ({
      what: `server ${disk.server_id}`,
      account: ownerOf(disk.server_id),
      top: disk.active_layer_id,
    })),
    ...rows.snapshotLayers.map(row => ({
      what: `snapshot ${row.snapshot_id}`,
      account: rows.snapshots.get(row.snapshot_id)?.account_id,
      top: row.layer_id,
    })),
    ...rows.undoLayers.map(row => {
      const server = rows.undoPoints.find(({ id }) => id === row.undo_point_id)?.server_id
      return { what: `undo point ${row.undo_point_id}`, account: ownerOf(server ?? -1), top: row.layer_id }
    }),
  ]
  for (const { what, account, top } of tops) {
    for (const id of chainOf(rows, top)) {
      const layer = rows.layers.get(id)
      if (!layer || layer.is_image === 1 || layer.account_id === account) continue
      say(
        `${what} and layer ${id}`,
        `${what[0]?.toUpperCase()}${what.slice(1)} is account ${account}'s and reads layer ${id}, which is account ${layer.account_id}'s.`,
      )
    }
  }
  const clones = await db
    .selectFrom('servers')
    .innerJoin('snapshots', 'snapshots.id', 'servers.cloned_from')
    .select(['servers.id', 'servers.account_id as account', 'snapshots.account_id as other'])
    .whereRef('servers.account_id', '!=', 'snapshots.account_id')
    .execute()
  for (const { id, account, other } of clones) {
    say(`server ${id}`, `Server ${id} is account ${account}'s and a clone of a snapshot of account ${other}.`)
  }
  for (const { id, account_id, deleted_at } of rows.servers.values()) {
    if (deleted_at !== null || !gone.has(account_id)) continue
    say(`server ${id}`, `Server ${id} is account ${account_id}'s, which was deleted.`)
  }
  for (const { id, account_id } of await db.selectFrom('tokens').select(['id', 'account_id']).execute()) {
    if (gone.has(account_id)) say(`token ${id}`, `Token ${id} opens account ${account_id}, which was deleted.`)
  }
  return findings
}

export const accountInvariants: Invariant<World>[] = [{ id: 'I33', title: 'nothing crosses an account', check: apart }]

/** I8, I13, I14, I15, I23: what snapshots and undo points promise. */
import { sql } from 'kysely'
import type { LayerId } from '../../domain/layers.ts'
import type { Receipt } from '../../snapshots/receipt.ts'
import type { Finding, Invariant } from '../finding.ts'
import { whoReads } from '../readers.ts'
import { chainOf } from '../rows.ts'
import type { World } from '../world.ts'

type Check = Invariant<World>['check']
type Found = Omit<Finding, 'invariant'>

/** Files that are gone while something needs them. One finding a file, whoever has lost by it. */
export function missingFiles(world: World): { finding: Found; ofSnapshot: boolean }[] {
  const { rows, files, paths } = world
  const there = new Set(files.layers.map(({ id }) => id))
  const inSnapshots = new Set(rows.snapshotLayers.flatMap(({ layer_id }) => chainOf(rows, layer_id)))
  return [...rows.layers.values()].flatMap(row => {
    if (row.state !== 'live') return []
    const path = paths.layer(row)
    if (row.file === null ? there.has(row.id) : world.changedAt(path) !== undefined) return []
    const finding: Found = {
      level: 'damage',
      subject: `layer ${row.id}`,
      text: `The file of layer ${row.id} is missing: ${path}. ${whoReads(world, row.id)}`,
      remedy:
        row.file === null ? 'Put it back from a copy.' : 'It is an image used in place: bring it back to where it was.',
    }
    return [{ finding, ofSnapshot: inSnapshots.has(row.id) }]
  })
}

const whole: Check = async world => {
  const { rows } = world
  const findings = missingFiles(world)
    .filter(({ ofSnapshot }) => ofSnapshot)
    .map(({ finding }) => finding)
  const working = new Set(rows.operations.map(({ id }) => id))
  for (const { id, server_id, status, size_mb, receipt, operation_id } of rows.snapshots.values()) {
    const of = rows.snapshotLayers.filter(({ snapshot_id }) => snapshot_id === id)
    const say = (level: Finding['level'], text: string, remedy: string) =>
      findings.push({
        level,
        subject: `snapshot ${id}`,
        text: `Snapshot ${id} of server ${server_id} ${text}.`,
        remedy,
      })
    if (status === 'completed') {
      const dead = of.filter(({ layer_id }) => rows.layers.get(layer_id)?.state !== 'live').map(row => row.layer_id)
      if (of.length === 0) say('damage', 'is called completed and has no layers', 'It cannot be restored. Delete it.')
      else if (dead.length > 0) {
        say(
          'damage',
          `is called completed, and layer ${dead.join(', ')} is not in the tree`,
          'Keep all files of guests/trash and look into the log.',
        )
      } else if (receipt === null || size_mb === null || size_mb < 1) {
        say(
          'fault',
          `is called completed and has no ${receipt === null ? 'receipt' : 'size'}`,
          'Its data is there. Take another one, then delete it.',
        )
      } else {
        const slots = (JSON.parse(receipt) as Receipt).disks.map(({ slot }) => slot).sort((a, b) => a - b)
        const has = of.map(({ slot }) => slot).sort((a, b) => a - b)
        if (String(slots) !== String(has)) {
          say(
            'damage',
            `was taken of the disks ${slots.join(', ')} and has layers of ${has.join(', ')}`,
            'Do not restore it.',
          )
        }
      }
    } else if (status === 'in_progress' && !working.has(operation_id ?? -1)) {
      say('fault', 'is called in progress, and no operation is at it', 'Delete it: nothing stands on it.')
    } else if (status === 'failed' && of.length > 0) {
      say('fault', 'has failed and still holds layers', 'Delete it: its layers are collected then.')
    }
  }
  return findings
}

/** What a restore left behind can be gone back to until the time is up. */
const undo: Check = async ({ rows, now }) =>
  rows.undoPoints.flatMap(point => {
    if (point.expires_at <= now || !rows.servers.has(point.server_id)) return []
    const of = rows.undoLayers.filter(row => row.undo_point_id === point.id)
    const missing = rows.disks
      .filter(({ server_id, id }) => server_id === point.server_id && !of.some(({ disk_id }) => disk_id === id))
      .map(({ slot }) => slot)
    const dead = of.map(row => row.layer_id).filter((id: LayerId) => rows.layers.get(id)?.state !== 'live')
    if (missing.length === 0 && dead.length === 0) return []
    return [
      {
        level: 'damage' as const,
        subject: `undo point ${point.id}`,
        text: `The last restore of server ${point.server_id} can be undone no more: ${missing.length > 0 ? `nothing was kept of disk ${missing.join(', ')}` : `layer ${dead.join(', ')} is not in the tree`}.`,
        remedy: 'Do not undo it. Keep all files of guests/trash and look into the log.',
      },
    ]
  })

/** A snapshot that is completed while its operation did something else has changed since. */
const unchanged: Check = async ({ db }) => {
  const rows = await db
    .selectFrom('snapshots')
    .innerJoin('operations', 'operations.id', 'snapshots.operation_id')
    .select(['snapshots.id', 'snapshots.status', 'operations.status as ended'])
    .where('snapshots.deleted_at', 'is', null)
    .where('operations.ended_at', 'is not', null)
    .where(eb =>
      eb.or([
        eb.and([eb('snapshots.status', '=', 'completed'), eb('operations.status', '!=', 'completed')]),
        eb.and([eb('snapshots.status', '!=', 'completed'), eb('operations.status', '=', 'completed')]),
      ]),
    )
    .execute()
  return rows.map(({ id, status, ended }) => ({
    level: 'fault' as const,
    subject: `snapshot ${id}`,
    text: `Snapshot ${id} is ${status}, but the operation that made it ended as ${ended}.`,
    remedy: 'Do not rely on it: take another one and delete it.',
  }))
}

/** What was restored or cloned was completed: a snapshot never goes back from that. */
const restorable: Check = async ({ db }) => {
  const restores = await db
    .selectFrom('operations')
    .innerJoin('snapshots', 'snapshots.id', 'operations.snapshot_id')
    .select(['operations.id', 'operations.kind', 'snapshots.id as snapshot', 'snapshots.status'])
    .where('operations.kind', 'in', ['snapshot_restore', 'server_clone'])
    .where('snapshots.status', '!=', sql.lit('completed'))
    .execute()
  return restores.map(({ id, snapshot, status }) => ({
    level: 'damage' as const,
    subject: `operation ${id}`,
    text: `Operation ${id} took snapshot ${snapshot}, which is ${status}, for whole.`,
    remedy: 'Look at what is on the disks of its server before you rely on them.',
  }))
}

/** The label is only given where both counts of file systems were told, and were the same. */
const labels: Check = async ({ rows }) =>
  [...rows.snapshots.values()].flatMap(({ id, status, receipt }) => {
    if (status !== 'completed' || receipt === null) return []
    const { achieved, reason, freeze_ms, running, requested } = JSON.parse(receipt) as Receipt
    const isProven = achieved !== 'filesystem' || !running || (reason === null && freeze_ms !== null)
    if (isProven && (requested !== 'filesystem' || achieved === 'filesystem')) return []
    return [
      {
        level: 'fault' as const,
        subject: `snapshot ${id}`,
        text: `The receipt of snapshot ${id} says ${achieved}, asked for ${requested}, ${freeze_ms === null ? 'without a freeze' : `frozen for ${freeze_ms} ms`}${reason === null ? '' : ` (${reason})`}.`,
        remedy: 'Take it for crash-consistent.',
      },
    ]
  })

export const snapshotInvariants: Invariant<World>[] = [
  { id: 'I8', title: 'a restore can be undone until its time is up', check: undo },
  { id: 'I13', title: 'what is completed stays as it is', check: unchanged },
  { id: 'I14', title: 'completed means that the data is there', check: whole },
  { id: 'I15', title: 'only what is completed is restored', check: restorable },
  { id: 'I23', title: 'filesystem-consistent only where it is proven', check: labels },
]

/** No id is given twice, so a rebuilt database goes on above every one that may have been given. */
import type { Found } from './plan.ts'

/**
 * Ids may have been given after the last record was written, and whoever got them may still use them: what comes next
 * keeps its distance.
 */
const DISTANCE = 1000

export function highestIds({ records, layers, traces }: Found): Record<string, number> {
  const { accounts, images, servers } = records
  const snapshots = servers.flatMap(server => server.snapshots)
  const undoPoints = servers.flatMap(server => server.undo_point ?? [])
  const used: Record<string, readonly number[]> = {
    accounts: [...accounts.accounts.map(({ id }) => id), ...servers.map(({ account }) => account.id)],
    images: images.map(({ id }) => id),
    servers: servers.map(({ id }) => id),
    disks: servers.flatMap(({ disks }) => disks.map(({ disk_id }) => disk_id)),
    snapshots: snapshots.map(({ id }) => id),
    layers: [...layers.map(({ id }) => id), ...images.flatMap(({ layer }) => (layer ? [layer.id] : []))],
    operations: [...snapshots, ...undoPoints, ...images].flatMap(({ operation }) => (operation ? [operation.id] : [])),
  }
  const tables = new Set([...Object.keys(records.ids.highest), ...Object.keys(used), ...Object.keys(traces)])
  return Object.fromEntries(
    [...tables].map(table => {
      const ids = [records.ids.highest[table] ?? 0, ...(used[table] ?? []), ...(traces[table] ?? [])]
      return [table, Math.max(...ids) + DISTANCE]
    }),
  )
}

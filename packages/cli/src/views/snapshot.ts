import type { SnapshotDetail } from '@restpoint/sdk/source'
import { status } from '../terminal/colour.ts'
import { fields } from '../terminal/table.ts'
import { mebibytes, milliseconds, size, when } from '../terminal/units.ts'

export function snapshotLines(snapshot: SnapshotDetail): string[] {
  const { server, receipt, bytes, error } = snapshot
  return fields([
    ['Snapshot', `${snapshot.name} (${snapshot.id})`],
    ['Of', `${server.name} (${server.id})`],
    ['Status', status(snapshot.status)],
    ['Description', snapshot.description],
    ['Asked for', when(snapshot.created_at)],
    ['Shows', receipt && `${receipt.cut_at} (${when(receipt.cut_at)})`],
    ['Consistency', receipt && `${receipt.achieved} (asked for: ${receipt.requested})`],
    ['Why not more', receipt?.reason_text],
    ['Guest frozen', receipt && milliseconds(receipt.freeze_ms)],
    ['Guest paused', receipt && milliseconds(receipt.pause_ms)],
    ['Size', mebibytes(snapshot.size_mb)],
    ['Its own', bytes && size(bytes.exclusive)],
    ['Error', error && `${error.title}: ${error.detail}`],
    ['Remedy', error?.remedy],
  ])
}

/** After it was taken. */
export function snapshotLine({ id, name, server, size_mb, receipt, status: state }: SnapshotDetail): string[] {
  const line = `Snapshot ${name} (${id}) of ${server.name} is ${status(state)}`
  if (!receipt) return [`${line}.`]
  const reason = receipt.reason_text === null ? [] : [receipt.reason_text]
  return [`${line}: ${receipt.achieved}-consistent, ${mebibytes(size_mb)}.`, ...reason]
}

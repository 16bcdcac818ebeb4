/** What snapshots and undo points promise: I8, I13, I14, I15, I23; files that something needs. */
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { type Case, set } from './case.ts'

export const snapshots: Readonly<Record<string, Case>> = {
  'the file of a snapshot is gone': { break: host => rm(host.layer(2)), found: ['I14 layer 2'] },
  'the file of a head is gone': { break: host => rm(host.layer(6)), found: ['I24 layer 6'] },
  'an image in place is gone': {
    async break(host) {
      await set(host, 'layers', 6, { is_image: 1, file: join(host.stateDir, 'gone.qcow2'), parent_id: null })
      await rm(host.layer(6))
    },
    found: ['I24 layer 6'],
  },
  'a completed snapshot without layers': {
    break: host => host.db.deleteFrom('snapshot_layers').execute(),
    found: ['I14 snapshot 1'],
    inRows: true,
  },
  'a completed snapshot without a size': {
    break: host => set(host, 'snapshots', 1, { size_mb: null }),
    found: ['I14 snapshot 1'],
    inRows: true,
  },
  'a snapshot that nobody makes': {
    break: host => set(host, 'snapshots', 1, { status: 'in_progress', operation_id: null }),
    found: ['I14 snapshot 1', 'I15 operation 2'],
    inRows: true,
  },
  'a snapshot that is not what its operation was': {
    break: host => set(host, 'operations', 1, { status: 'failed', error_code: 'x', error_detail: 'y' }),
    found: ['I13 snapshot 1'],
    inRows: true,
  },
  'a label that was not earned': {
    break: async host => {
      const { receipt } = await host.db.selectFrom('snapshots').select('receipt').executeTakeFirstOrThrow()
      const told = { ...JSON.parse(receipt as string), achieved: 'filesystem', running: true }
      await set(host, 'snapshots', 1, { receipt: JSON.stringify(told) })
    },
    found: ['I23 snapshot 1'],
    inRows: true,
  },
  'an undo point that lost its layer': {
    break: host => host.db.deleteFrom('undo_layers').execute(),
    found: ['I8 undo point 1'],
    inRows: true,
  },
}

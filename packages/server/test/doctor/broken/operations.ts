/** Operations, and what was deleted: I10, I12, I18, I20, I27. */
import { addOperation } from '../rows.ts'
import { type Case, set } from './case.ts'

const DAY_MS = 24 * 3600_000

export const operations: Readonly<Record<string, Case>> = {
  'an operation whose process died': {
    break: ({ db }) => addOperation(db, { kind: 'server_stop', status: 'running', lease_until: Date.now() - 60_000 }),
    found: ['I10 operation 3'],
    inRows: true,
    onBoth: true,
  },
  'an operation that was handed over': {
    break: ({ db }) => addOperation(db, { kind: 'server_stop', status: 'running', lease_until: 0 }),
    found: [],
    inRows: true,
  },
  'an operation that is held': {
    break: ({ db }) => addOperation(db, { kind: 'server_stop', status: 'running', lease_until: Date.now() + 30_000 }),
    found: [],
    inRows: true,
  },
  'an operation that is held for hours': {
    break: ({ db }) => addOperation(db, { kind: 'server_stop', status: 'running', lease_until: Date.now() + DAY_MS }),
    found: ['I10 operation 3'],
    inRows: true,
  },
  'two operations on one server': {
    async break({ db }) {
      const held = { kind: 'server_stop', status: 'running', lease_until: Date.now() + 30_000 } as const
      await addOperation(db, held)
      await addOperation(db, { ...held, lane: 'another' })
    },
    found: ['I12 operation 3 and 4'],
    inRows: true,
  },
  'a failure without a cause': {
    break: ({ db }) => addOperation(db, { kind: 'server_stop', status: 'failed' }),
    found: ['I18 operation 3'],
    inRows: true,
  },
  'a deleted server that keeps its disks': {
    break: host => set(host, 'servers', 2, { deleted_at: 1 }),
    found: ['I20 server 2'],
    inRows: true,
  },
  'a deleted server that is on its way out': {
    async break(host) {
      await set(host, 'servers', 2, { deleted_at: 1 })
      await addOperation(host.db, { kind: 'server_delete', status: 'waiting', server_id: 2 })
    },
    found: [],
    inRows: true,
  },
  'a tombstone on what is needed': {
    break: host => set(host, 'layers', 6, { state: 'trash', parent_id: null }),
    found: ['I27 layer 6'],
    inRows: true,
  },
}

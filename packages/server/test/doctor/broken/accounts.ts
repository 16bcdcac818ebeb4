/** Limits, and what belongs to whom: I25, I33. */
import { addSnapshot } from '../rows.ts'
import { type Case, set } from './case.ts'

export const accounts: Readonly<Record<string, Case>> = {
  'more snapshots than there may be': {
    async break({ db }) {
      for (const name of ['b', 'c', 'd', 'e', 'f']) await addSnapshot(db, name)
    },
    found: ['I25 server 1'],
    inRows: true,
  },
  'more servers than the quota': {
    break: ({ db }) => db.updateTable('accounts').set({ quota_servers: 1 }).where('id', '=', 1).execute(),
    found: ['I25 account 1'],
    inRows: true,
    onBoth: true,
  },
  "a snapshot of another account's server": {
    break: host => set(host, 'snapshots', 1, { account_id: 2 }),
    found: ['I33 server 2', 'I33 snapshot 1', 'I33 snapshot 1 and layer 2'],
    inRows: true,
  },
  "a server that reads another account's layer": {
    break: async host => {
      await set(host, 'layers', 6, { parent_id: 2 })
      await host.qemuImg('rebase', '-u', '-f', 'qcow2', '-b', '2.qcow2', '-F', 'qcow2', '6.qcow2')
    },
    found: ['I33 server 3 and layer 2'],
    inRows: true,
  },
  'a token of a deleted account': {
    async break({ db }) {
      const words = { email: '', first_name: '', last_name: '', company_name: '' }
      await db
        .insertInto('accounts')
        .values({ ...words, created_at: 1, deleted_at: 2 })
        .execute()
      await db.updateTable('tokens').set({ account_id: 3 }).execute()
    },
    found: ['I33 token 1'],
    inRows: true,
  },
}

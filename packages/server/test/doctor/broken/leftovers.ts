/** What is left over: I24. */
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { addOperation, addPrepared } from '../rows.ts'
import type { Case } from './case.ts'

export const leftovers: Readonly<Record<string, Case>> = {
  'a file that no layer has': {
    break: async host => {
      await host.db.deleteFrom('disks').where('server_id', '=', 3).execute()
      await host.db.deleteFrom('layers').where('id', '=', 6).execute()
    },
    found: ['I24 file 6.qcow2'],
    inRows: true,
    onBoth: true,
  },
  'a file that this database has never known': {
    break: host => writeFile(host.layer(7), ''),
    found: ['I24 file 7.qcow2'],
    inRows: true,
  },
  'a draft that nobody makes': {
    break: host => writeFile(`${host.layer(4)}.new`, ''),
    found: ['I24 file 4.qcow2.new'],
    inRows: true,
  },
  'something else among the layers': {
    break: host => writeFile(join(host.stateDir, 'guests/layers/notes.txt'), ''),
    found: ['I24 file notes.txt'],
    inRows: true,
  },
  'a layer that was prepared for nothing': {
    break: ({ db }) => addPrepared(db),
    found: ['I24 layer 7'],
    inRows: true,
  },
  'a layer that is prepared for something': {
    async break({ db }) {
      await addPrepared(db)
      await addOperation(db, {
        kind: 'snapshot_create',
        status: 'queued',
        input: { disks: [{ diskId: 1, slot: 0, layerId: 7 }] },
      })
    },
    found: [],
    inRows: true,
  },
  'the folder of a machine of no server': {
    break: host => mkdir(join(host.stateDir, 'guests/machines/9')),
    found: ['I24 folder 9'],
    inRows: true,
  },
}

/** Secrets where they do not belong: I34. */
import { chmod, mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { SECRET } from '../rows.ts'
import { type Case, set } from './case.ts'

const TOKEN_OF_NOBODY = `rp_${'n'.repeat(43)}`

export const secrets: Readonly<Record<string, Case>> = {
  'a token in the log of a QEMU': {
    async break({ stateDir }) {
      const folder = join(stateDir, 'guests/machines/1')
      await mkdir(folder)
      await writeFile(join(folder, 'qemu.log'), `one\ntwo ${SECRET}\nthree ${SECRET}\n`)
    },
    found: ['I34 STATE/guests/machines/1/qemu.log'],
    inRows: true,
  },
  'a token in a row': {
    break: host => set(host, 'servers', 1, { status_reason: `because of ${TOKEN_OF_NOBODY}` }),
    found: ['I34 the table servers, column status_reason, row 1'],
    inRows: true,
    onBoth: true,
  },
  'a token that others may read': {
    break: ({ stateDir }) => chmod(join(stateDir, 'admin-token'), 0o644),
    found: ['I34 the rights of STATE/admin-token'],
    inRows: true,
  },
}

/** Chains and layers in themselves: I3, I4, I7. */
import { open, rename, symlink, truncate } from 'node:fs/promises'
import { join } from 'node:path'
import { addOperation } from '../rows.ts'
import { type Case, set } from './case.ts'

const merge = (garbage: number, child: number, base: number | null) =>
  ({
    kind: 'merge',
    status: 'waiting',
    server_id: null,
    lane: `layer:${child}`,
    input: { garbage, child, base },
  }) as const

export const chains: Readonly<Record<string, Case>> = {
  'a header that names another layer': {
    break: host => host.qemuImg('rebase', '-u', '-f', 'qcow2', '-b', '1.qcow2', '-F', 'qcow2', '4.qcow2'),
    // qemu-img, asked for the whole chain, sees it as well.
    found: ['I3 layer 4', 'I3 the files of server 1, disk 0'],
  },
  'a header that is ahead of its merge': {
    async break(host) {
      await host.qemuImg('rebase', '-u', '-f', 'qcow2', '-b', '1.qcow2', '-F', 'qcow2', '4.qcow2')
      await addOperation(host.db, merge(2, 4, 1))
    },
    found: [],
  },
  'a header that is ahead of another merge': {
    async break(host) {
      await host.qemuImg('rebase', '-u', '-f', 'qcow2', '-b', '1.qcow2', '-F', 'qcow2', '3.qcow2')
      await addOperation(host.db, merge(2, 4, 1))
    },
    found: ['I3 layer 3'],
  },
  'headers in a circle': {
    break: host => host.qemuImg('rebase', '-u', '-f', 'qcow2', '-b', '6.qcow2', '-F', 'qcow2', '6.qcow2'),
    found: ['I3 layer 6', 'I4 layer 6'],
  },
  'a header that leads out of the folder': {
    break: host => host.qemuImg('rebase', '-u', '-f', 'qcow2', '-b', '/etc/shadow', '-F', 'raw', '6.qcow2'),
    found: ['I4 layer 6'],
  },
  'a header that is none': {
    break: host => truncate(host.layer(6), 20),
    found: ['I4 layer 6', 'I7 layer 6'],
  },
  'a link in the place of a layer': {
    async break(host) {
      await rename(host.layer(6), join(host.stateDir, 'elsewhere'))
      await symlink('../../elsewhere', host.layer(6))
    },
    found: ['I24 layer 6', 'I4 layer 6'],
  },
  'rows in a circle': {
    break: host => set(host, 'layers', 6, { parent_id: 6 }),
    found: ['I3 layer 6', 'I3 the files of server 3, disk 0', 'I4 the row of layer 6'],
  },
  'tables that were overwritten': {
    async break(host) {
      const file = await open(host.layer(2), 'r+')
      // The first refcounts: every cluster that they count is in use.
      await file.write(Buffer.alloc(64), 0, 64, 2 * 65536)
      await file.close()
    },
    found: ['I7 layer 2'],
  },
}

/** Records and layers of a small host, to be changed by tests: a server of one disk, two snapshots and an undo point. */
import type { Found } from '../../src/records/rebuild/plan.ts'
import type { FoundLayer } from '../../src/records/rebuild/tree.ts'
import type { DiskLayerRecord, ImageRecord, ServerRecord } from '../../src/records/schema.ts'

const created_at = '2026-01-02T03:04:05.678Z'
const place = (layer: number): DiskLayerRecord => ({ disk_id: 1, slot: 0, layer, file: `guests/layers/${layer}.qcow2` })
const operation = (id: number, kind: string) => ({ id, kind, created_at, started_at: created_at, ended_at: created_at })
const snapshot = (id: number, layer: number) => ({
  ...{ id, name: `s${id}`, description: '', size_mb: 1, receipt: { achieved: 'crash' }, created_at },
  ...{ ended_at: created_at, operation: operation(id, 'snapshot_create'), disks: [place(layer)] },
})

export const image: ImageRecord = {
  ...{
    version: 1,
    id: 1,
    name: 'tiny',
    os_name: 'Tiny',
    cloud_init: false,
    kernel: null,
    created_at,
    deleted_at: null,
    operation: null,
  },
  layer: { id: 1, format: 'qcow2', size_bytes: 64, file: 'guests/layers/1.qcow2', linked: false, created_at },
}

/** Layers 1 (image) ← 2 (snapshot 1) ← 3 (snapshot 2) ← 4 (undo point); 2 ← 5 (active). */
export const server: ServerRecord = {
  ...{ version: 1, id: 1, uuid: '00000000-0000-4000-8000-000000000001', account: { id: 1, email: 'a@example.test' } },
  ...{ name: 'web', hostname: 'web', location: 'here', status: 'stopped', status_reason: null },
  image: { id: 1, name: 'tiny' },
  plan: { name: 'tiny', vcpus: 1, memory_mb: 64, storage_gb: 1 },
  ...{ firmware: 'bios', network: 'user', mac: '52:54:00:00:00:01', forwards: [{ host_port: 2222, guest_port: 22 }] },
  ...{ ip_address: null, quarantined_at: null, autostart: true, generation_id: null, instance_id: 'i-1' },
  ...{
    cloud_init: { user_data: '#cloud-config', ssh_keys: [] },
    cloned_from: null,
    created_at,
    updated_at: created_at,
  },
  disks: [{ ...place(5), role: 'disk' }],
  snapshots: [snapshot(1, 2), snapshot(2, 3)],
  undo_point: { operation: operation(3, 'snapshot_restore'), created_at, expires_at: created_at, disks: [place(4)] },
  layers: [2, 3, 4, 5].map(id => ({ id, server_id: 1, created_at })),
}

export const account = {
  ...{ id: 1, email: 'a@example.test', first_name: 'Ada', last_name: '', company_name: '', created_at, is_admin: true },
  ...{ quota_servers: null, quota_snapshots: null, quota_bytes: null },
}

export function layer(id: number, base: number | null | FoundLayer['base']): FoundLayer {
  const of = typeof base === 'number' ? ({ kind: 'layer', id: base } as const) : (base ?? ({ kind: 'none' } as const))
  return { id, format: 'qcow2', sizeBytes: 64, allocatedBytes: 1024, changedAt: 0, base: of }
}

export const layers = [layer(1, null), layer(2, 1), layer(3, 2), layer(4, 3), layer(5, 2)]

/** What is found in the folder of that host, with these differences. */
export function found(
  changed: {
    servers?: ServerRecord[]
    images?: ImageRecord[]
    layers?: FoundLayer[]
    linked?: string[]
    running?: Found['running']
    traces?: Found['traces']
    highest?: Record<string, number>
  } = {},
): Found {
  return {
    records: {
      ids: { version: 1, highest: changed.highest ?? {} },
      accounts: { version: 1, accounts: [account] },
      images: changed.images ?? [image],
      servers: changed.servers ?? [server],
      problems: [],
    },
    layers: changed.layers ?? layers,
    linked: new Set(changed.linked),
    running: changed.running ?? new Map(),
    traces: changed.traces ?? {},
  }
}

/** What operations do, in the reader's words. */
import type { Operation } from '@restpoint/sdk/source'
import { m } from '../paraglide/messages.js'

const kinds: Readonly<Record<string, () => string>> = {
  snapshot_create: m.kind_snapshot_create,
  snapshot_restore: m.kind_snapshot_restore,
  server_undo: m.kind_server_undo,
  server_start: m.kind_server_start,
  server_stop: m.kind_server_stop,
  server_reboot: m.kind_server_reboot,
  server_create: m.kind_server_create,
  server_clone: m.kind_server_clone,
  server_delete: m.kind_server_delete,
  image_import: m.kind_image_import,
  merge: m.kind_merge,
}

const restore = {
  prepare: m.step_restore_prepare,
  halt: m.step_restore_halt,
  swap: m.step_restore_swap,
  start: m.step_start,
}
const create = { prepare: m.step_create_prepare, start: m.step_start }

const steps: Readonly<Record<string, Readonly<Record<string, () => string>>>> = {
  snapshot_create: {
    prepare: m.step_snapshot_prepare,
    cut: m.step_snapshot_cut,
    publish: m.step_snapshot_publish,
  },
  snapshot_restore: restore,
  server_undo: restore,
  server_start: { lease: m.step_lease, start: m.step_start },
  server_stop: { stop: m.step_stop },
  server_reboot: { reboot: m.step_reboot },
  server_create: create,
  server_clone: create,
  server_delete: { end: m.step_delete_end, drop: m.step_delete_drop, forget: m.step_delete_forget },
  image_import: { inspect: m.step_import_inspect, copy: m.step_copy, publish: m.step_import_publish },
  merge: {
    lease: m.step_lease,
    copy: m.step_copy,
    flush: m.step_merge_flush,
    pivot: m.step_merge_pivot,
    discard: m.step_merge_discard,
  },
}

/** A newer service may know more: its own word then. */
export function kindInWords(kind: string): string {
  return (Object.hasOwn(kinds, kind) ? kinds[kind] : undefined)?.() ?? kind
}

export function stepInWords({ kind, step }: Pick<Operation, 'kind' | 'step'>): string {
  if (step === null) return ''
  const known = Object.hasOwn(steps, kind) ? steps[kind] : undefined
  return (known && Object.hasOwn(known, step) ? known[step] : undefined)?.() ?? step
}

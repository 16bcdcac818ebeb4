/** What operations do, in words; each step of docs/operations.md has some. */

const kinds: Readonly<Record<string, string>> = {
  snapshot_create: 'snapshot of',
  snapshot_restore: 'restore of',
  server_undo: 'undo of the restore of',
  server_start: 'start of',
  server_stop: 'stop of',
  server_reboot: 'reboot of',
  server_create: 'making of',
  server_clone: 'clone',
  server_delete: 'deletion of',
  image_import: 'import of an image',
  merge: 'merge of layers of',
}

const restore = {
  prepare: 'making an empty layer on the snapshot',
  halt: 'halting the server',
  swap: 'swapping the layers',
  start: 'starting the server',
}
const create = { prepare: 'making the disks', start: 'starting the server' }

export const steps: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  snapshot_create: {
    prepare: 'preparing new layers',
    cut: 'cutting, with the guest frozen if it can be',
    publish: 'checking and measuring',
  },
  snapshot_restore: restore,
  server_undo: restore,
  server_start: { lease: 'reserving the layers', start: 'starting the server' },
  server_stop: { stop: 'asking the guest to power off' },
  server_reboot: { reboot: 'rebooting' },
  server_create: create,
  server_clone: create,
  server_delete: { end: 'ending the server', drop: 'letting go of its layers', forget: 'removing what is left' },
  image_import: { inspect: 'looking into the file', copy: 'copying', publish: 'making it available' },
  merge: {
    lease: 'reserving the layers',
    copy: 'copying',
    flush: 'writing out what was copied',
    pivot: 'letting go of the old layer',
    discard: 'removing the old layer',
  },
}

/** A newer service may know more: its own word then. */
export function kindInWords(kind: string): string {
  return kinds[kind] ?? kind
}

export function stepInWords(kind: string, step: string | null): string {
  if (step === null) return 'done'
  return steps[kind]?.[step] ?? step
}

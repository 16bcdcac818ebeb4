import type { Operation } from '@restpoint/sdk/source'
import { status } from '../terminal/colour.ts'
import { fields } from '../terminal/table.ts'
import { when } from '../terminal/units.ts'
import { stepInWords } from '../words.ts'

export function operationLines(operation: Operation): string[] {
  const { id, kind, server, step, progress, waits_for, attempts, error } = operation
  return fields([
    ['Operation', id],
    ['Kind', kind],
    ['Status', status(operation.status)],
    ['Server', server && `${server.name} (${server.id})`],
    ['Snapshot', operation.snapshot_id],
    ['Image', operation.image_id],
    ['Step', step && stepInWords(kind, step)],
    ['Progress', `${Math.floor(progress * 100)} %`],
    ['Waits for', waits_for],
    ['Attempts', attempts],
    ['Begun', when(operation.created_at)],
    ['Ended', when(operation.ended_at)],
    ['Error', error && `${error.title}: ${error.detail}`],
    ['Remedy', error && error.remedy],
  ])
}

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { isLegal, legalStates, type ServerAction, type ServerStatus, serverStatuses } from '../../src/domain/servers.ts'

/** Which actions a server of each status takes: the table of `legalStates` read the other way. */
const actionsOf: Record<ServerStatus, readonly ServerAction[]> = {
  active: ['stop', 'reboot', 'snapshot', 'restore', 'undo', 'delete'],
  stopped: ['start', 'snapshot', 'restore', 'undo', 'delete'],
  suspended: ['start', 'stop', 'snapshot', 'restore', 'undo', 'delete'],
  restoring: ['snapshot'],
  creating: [],
  failed: ['start', 'stop', 'restore', 'undo', 'delete'],
}

for (const status of serverStatuses) {
  test(`${status}: ${actionsOf[status].join(', ') || 'nothing'}`, () => {
    const actions = (Object.keys(legalStates) as ServerAction[]).filter(action => isLegal(action, status))
    assert.deepEqual(actions, actionsOf[status])
  })
}

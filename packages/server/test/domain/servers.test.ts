import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  HOSTNAME,
  hostnameFor,
  isLegal,
  legalStates,
  SERVER_NAME,
  type ServerAction,
  type ServerStatus,
  serverStatuses,
} from '../../src/domain/servers.ts'

/** Which actions a server of each status takes: the table of `legalStates` read the other way. */
const actionsOf: Record<ServerStatus, readonly ServerAction[]> = {
  active: ['stop', 'reboot', 'snapshot', 'restore', 'undo', 'delete'],
  stopped: ['start', 'snapshot', 'restore', 'undo', 'delete'],
  suspended: ['start', 'stop', 'snapshot', 'restore', 'undo', 'delete'],
  restoring: ['snapshot'],
  creating: ['delete'],
  failed: ['delete'],
}

for (const status of serverStatuses) {
  test(`${status}: ${actionsOf[status].join(', ') || 'nothing'}`, () => {
    const actions = (Object.keys(legalStates) as ServerAction[]).filter(action => isLegal(action, status))
    assert.deepEqual(actions, actionsOf[status])
  })
}

test('every name gives a host name', () => {
  const given = {
    web: 'web',
    'Web-Server_01': 'web-server-01',
    'web.example.com': 'web.example.com',
    'a..b': 'a.b',
    'a.-_-.b-': 'a.b',
    '7': '7',
    ['n'.repeat(255)]: 'n'.repeat(63),
    [`${'n'.repeat(62)}-x`]: 'n'.repeat(62),
    [`${'n'.repeat(60)}.`.repeat(4)]: Array(4).fill('n'.repeat(60)).join('.'),
    [`${'n'.repeat(63)}.`.repeat(3) + 'n'.repeat(63)]: Array(3).fill('n'.repeat(63)).join('.'),
  }
  for (const [name, hostname] of Object.entries(given)) {
    assert.match(name, new RegExp(SERVER_NAME, 'u'))
    assert.equal(hostnameFor(name), hostname)
    assert.match(hostname, new RegExp(HOSTNAME, 'u'))
  }
})

test('what is no host name', () => {
  for (const text of [
    '',
    '-a',
    'a-',
    'a_b',
    'a..b',
    '.a',
    'a.',
    'a b',
    'n'.repeat(64),
    `${'n'.repeat(60)}.`.repeat(4) + 'n'.repeat(10),
    'ä',
  ]) {
    assert.doesNotMatch(text, new RegExp(HOSTNAME, 'u'), text)
  }
})

/** Whoever has a server need not have its host: where on it something lies is for the log. */
import assert from 'node:assert/strict'
import { Failure } from '../../src/errors.ts'
import { withoutFolders } from '../../src/operations/told.ts'
import { openWorld } from '../http/harness.ts'
import { made, plan, waiting } from '../servers/support.ts'
import { test } from '../support/databases.ts'

const FOLDER = '/var/lib/restpoint'
const text = `Could not open '${FOLDER}/guests/layers/5.qcow2': No such file`

test('folders are left out of what is told, names of files and all else stay', async () => {
  const told = {
    [text]: "Could not open '5.qcow2': No such file",
    [`exited with 1: cp /srv/a,b/x ${FOLDER}/y.new`]: 'exited with 1: cp x y.new',
    '{"filename":"/a/b/1.qcow2"} /': '{"filename":"1.qcow2"} /',
    'read/write of 3/4, see https://example.com/a/b': 'read/write of 3/4, see https://example.com/a/b',
  }
  for (const [from, to] of Object.entries(told)) assert.equal(withoutFolders(from), to)
})

test('no failure tells an account where its host has what', async t => {
  const world = await openWorld(t)
  const { faults } = world.memory.controls
  const server = await made(world)
  const error = new Failure('machine_failed', text)
  const fail = (method: 'start' | 'createLayer') => faults.fail({ method, when: 'before', error })
  fail('createLayer')
  const snapshot = await world.post('snapshots/', { server_id: server.id, name: 's' }, waiting)
  fail('start')
  const failed = await world.post('servers/', { name: 'failed', image_id: 1, plan }, waiting)
  assert.equal(failed.body.status, 'failed')
  await world.db.updateTable('operations').set({ waits_for: text }).where('server_id', '=', server.id).execute()
  const paths = [
    `snapshots/${snapshot.body.id}/`,
    `servers/${failed.body.id}/`,
    'operations/',
    `operations/${failed.headers['operation-id']}/`,
  ]
  const replies = [snapshot, failed, ...(await Promise.all(paths.map(path => world.call(path))))]
  for (const reply of replies) {
    assert.match(reply.text, /Could not open '5.qcow2'/)
    assert.ok(!reply.text.includes(FOLDER), reply.text)
  }
})

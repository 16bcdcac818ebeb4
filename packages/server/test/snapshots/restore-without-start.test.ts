/** A restore whose server can be started neither as it is to be nor as it was: it ends all the same. */
import assert from 'node:assert/strict'
import { openWorld } from '../http/harness.ts'
import { made, settled, waiting } from '../servers/support.ts'
import { test } from '../support/databases.ts'

test('what the host refuses to start is as it was before, stopped, and nobody waits for it', async t => {
  const world = await openWorld(t)
  const { controls } = world.memory
  const server = await made(world, { forwards: [{ guest_port: 22, host_port: 20_950 }] })
  controls.write(server.id, 0, 1, 1)
  const snapshot = await world.post('snapshots/', { server_id: server.id, name: 's' }, waiting)
  controls.write(server.id, 0, 1, 2)
  const head = async () => {
    const disks = world.db.selectFrom('disks').select('active_layer_id as id').where('server_id', '=', server.id)
    return (await disks.executeTakeFirstOrThrow()).id
  }
  const before = await head()
  // As soon as the server lets go of its port somebody else has it.
  controls.takePort(20_950)

  const reply = await world.post(`snapshots/${snapshot.body.id}/restore/`, undefined, waiting)
  assert.equal(reply.body.status, 'failed', reply.text)
  await settled(world)
  const { body } = await world.call(`servers/${server.id}/`)
  assert.equal(body.status, 'stopped')
  assert.match(
    body.status_reason,
    /^The last restore failed and was taken back: .*20950.* [(]It was left stopped: .*20950/,
  )
  assert.equal(body.undo.available, false)
  assert.equal(await head(), before)
  assert.equal(controls.contents(before).get(1), 2)

  const deleted = await world.call(`servers/${server.id}/?with_snapshots=true`, { method: 'DELETE' })
  assert.equal(deleted.status, 204, deleted.text)
})

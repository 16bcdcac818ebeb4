/** What can be done with a server, what things may be called, and what that is as a request. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { legalStates as byTheService, SERVER_NAME } from '../../../server/src/domain/servers.ts'
import { DESCRIPTION_MAX, SNAPSHOT_NAME } from '../../../server/src/domain/snapshots.ts'
import { legalStates } from '../../src/actions/legal.ts'
import { faultOf, LONGEST_DESCRIPTION, lengthOf, nameForNow } from '../../src/actions/names.ts'
import { requests } from '../../src/actions/requests.ts'

test('what is offered in which state is what the service accepts', () => {
  const { snapshot, restore, undo, delete: removal } = legalStates
  const { snapshot: taken, restore: restored, undo: undone, delete: deleted } = byTheService
  assert.deepEqual([snapshot, restore, undo, removal], [taken, restored, undone, deleted])
})

test('a name is refused here where the service refuses it', () => {
  const name = fc.oneof(fc.string({ maxLength: 300 }), fc.stringMatching(/^[A-Za-z0-9._-]{0,300}$/))
  fc.assert(
    fc.property(name, text => {
      assert.equal(faultOf('snapshot', text) === undefined, new RegExp(SNAPSHOT_NAME).test(text))
      assert.equal(faultOf('server', text) === undefined, new RegExp(SERVER_NAME).test(text))
    }),
  )
  assert.equal(LONGEST_DESCRIPTION, DESCRIPTION_MAX)
})

test('what is wrong with a name is told apart', () => {
  assert.deepEqual(
    ['', 'two words', 'x'.repeat(256), '-x', 'web.01'].map(name => faultOf('server', name)),
    ['empty', 'strange', 'long', 'start', undefined],
  )
  assert.equal(faultOf('snapshot', 'web.01'), 'strange')
  assert.equal(faultOf('snapshot', '-x'), undefined)
  assert.equal(lengthOf('🦊é'), 2)
})

test('the name that is offered is one, and says when', () => {
  const name = nameForNow(new Date(2026, 0, 5, 7, 3))
  assert.equal(name, '2026-01-05-0703')
  assert.equal(faultOf('snapshot', name), undefined)
})

test('as code: what is left at its default is left away, and nothing gets out of its quotes', () => {
  const server = { id: 7 }
  const plain = requests.snapshot(server, { name: 'one', description: '', consistency: 'auto' })
  assert.deepEqual(plain.body, { server_id: 7, name: 'one' })
  assert.equal(plain.path, '/api/v1/snapshots/')
  assert.equal(plain.cli, 'restpoint snapshot create 7 --name one')
  const full = requests.snapshot(server, { name: 'two', description: "it's; rm -rf $HOME", consistency: 'crash' })
  assert.equal(full.path, '/api/v1/snapshots/?consistency=crash')
  assert.equal(
    full.cli,
    `restpoint snapshot create 7 --name two --description 'it'\\''s; rm -rf $HOME' --consistency crash`,
  )
  const clone = requests.clone(server, { snapshot_id: 3, name: 'copy', quarantine: false })
  assert.deepEqual([clone.body, clone.cli], [{ snapshot_id: 3, name: 'copy' }, 'restpoint snapshot clone 3 copy'])
  assert.match(requests.deleteServer(server, true).path, /\?with_snapshots=true$/)
})

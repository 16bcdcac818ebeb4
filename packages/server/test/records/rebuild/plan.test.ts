/** Where records and layers agree, and what becomes of each where they do not. */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { makePlan, type Plan } from '../../../src/records/rebuild/plan.ts'
import { tell, tellKept } from '../../../src/records/rebuild/words.ts'
import { found, image, layer, layers, server } from '../sample.ts'

/** Disk → active layer of the only server. */
const heads = ({ servers }: Plan) => Object.fromEntries(servers[0]?.active ?? [])
const kept = ({ layers }: Plan) => layers.filter(({ state }) => state === 'kept').map(({ id }) => id)
const snapshots = ({ servers }: Plan) => servers.flatMap(({ snapshots }) => snapshots.map(({ id }) => id))
const problem = (plan: Plan, pattern: RegExp) => {
  assert.equal(plan.problems.length, 1, plan.problems.join('\n'))
  assert.match(plan.problems[0] ?? '', pattern)
}
const running = (...chain: number[]) => new Map([[1, new Map([[1, chain]])]])

test('a folder that agrees with its records is rebuilt as it was', () => {
  const plan = makePlan(found())
  assert.deepEqual(plan.problems, [])
  assert.deepEqual(heads(plan), { 1: 5 })
  assert.deepEqual(snapshots(plan), [1, 2])
  assert.equal(plan.servers[0]?.undo?.operation.id, 3)
  assert.deepEqual(
    plan.layers.map(({ id, parentId, state, isImage, accountId, serverId }) => [
      ...[id, parentId, state, isImage],
      ...[accountId, serverId],
    ]),
    [
      [1, null, 'live', true, null, null],
      [2, 1, 'live', false, 1, 1],
      [3, 2, 'live', false, 1, 1],
      [4, 3, 'live', false, 1, 1],
      [5, 2, 'live', false, 1, 1],
    ],
  )
  assert.match(tell(plan).join('\n'), /Server 1: web, disk 0 is layer 5\.\n {2}Snapshots: 1 \(s1\), 2 \(s2\)\./)
})

describe('what was cut after the record was written', () => {
  test('is the newer head of a stopped server', () => {
    const plan = makePlan(found({ layers: [...layers, layer(6, 5), layer(7, 6)] }))
    assert.deepEqual(plan.problems, [])
    assert.deepEqual(heads(plan), { 1: 7 })
    assert.deepEqual(kept(plan), [])
    // For the quota: it was made for the server that stands on it.
    assert.deepEqual(
      plan.layers.filter(({ id }) => id > 5).map(({ id, serverId, accountId }) => [id, serverId, accountId]),
      [
        [6, 1, 1],
        [7, 1, 1],
      ],
    )
    assert.match(tell(plan).join('\n'), /Its disk 0 is layer 7; the record is older and says layer 5\./)
  })

  test('is not guessed where two layers could be it', () => {
    const plan = makePlan(found({ layers: [...layers, layer(6, 5), layer(7, 5)] }))
    problem(plan, /^Server 1 \(web\): layers 6 and 7 both stand on layer 5, and nobody can tell/)
    assert.deepEqual(plan.servers, [])
    assert.deepEqual(kept(plan), [2, 3, 4, 5, 6, 7])
  })

  test('can be said by the operator then', () => {
    const said = { ...server, disks: server.disks.map(disk => ({ ...disk, layer: 6 })) }
    const plan = makePlan(found({ servers: [said], layers: [...layers, layer(6, 5), layer(7, 5)] }))
    assert.deepEqual(plan.problems, [])
    assert.deepEqual(heads(plan), { 1: 6 })
    assert.deepEqual(kept(plan), [7])
  })

  test('is told by the machine where one runs, whatever else stands there', () => {
    const plan = makePlan(found({ layers: [...layers, layer(6, 5), layer(7, 5)], running: running(6, 5, 2, 1) }))
    assert.deepEqual(plan.problems, [])
    assert.deepEqual(heads(plan), { 1: 6 })
    assert.deepEqual(kept(plan), [7])
  })

  test('was not cut, if the machine still writes to the recorded layer', () => {
    const plan = makePlan(found({ layers: [...layers, layer(6, 5)], running: running(5, 2, 1) }))
    assert.deepEqual(heads(plan), { 1: 5 })
    assert.deepEqual(kept(plan), [6])
  })
})

describe('what was restored after the record was written', () => {
  test('is told by the machine, and the old disk is kept', () => {
    const plan = makePlan(found({ layers: [...layers, layer(6, 3)], running: running(6, 3, 2, 1) }))
    assert.deepEqual(plan.problems, [])
    assert.deepEqual(heads(plan), { 1: 6 })
    assert.deepEqual(kept(plan), [5])
  })

  test('is kept where the server does not run, and the server is what it was', () => {
    const plan = makePlan(found({ layers: [...layers, layer(6, 3)] }))
    assert.deepEqual(heads(plan), { 1: 5 })
    assert.deepEqual(kept(plan), [6])
    assert.match(tellKept(plan)[0] ?? '', /^Kept\. Layer 6 \(1 MiB\), which stands on layer 3: /)
  })
})

describe('a merge since the record', () => {
  test('is believed of the headers', () => {
    // Snapshot 2 and the undo point are gone since; 3 went into 4, and 4 stands on 2.
    const without = { ...server, snapshots: server.snapshots.slice(0, 1), undo_point: null }
    const merged = [layer(1, null), layer(2, 1), layer(4, 2), layer(5, 2)]
    const plan = makePlan(found({ servers: [without], layers: merged }))
    assert.deepEqual(plan.problems, [])
    assert.deepEqual(heads(plan), { 1: 5 })
    assert.deepEqual(kept(plan), [4])
  })

  test('leaves out the snapshot whose layer it took, and nothing else', () => {
    const merged = [layer(1, null), layer(2, 1), layer(4, 2), layer(5, 2)]
    const plan = makePlan(found({ layers: merged }))
    problem(plan, /^Snapshot 2 \(s2\) of server 1 \(web\): layer 3 is not there\.$/)
    assert.deepEqual(snapshots(plan), [1])
    assert.equal(plan.servers[0]?.undo?.operation.id, 3)
  })
})

describe('left out and named is', () => {
  test('a server whose disk is missing; its layers are kept', () => {
    const plan = makePlan(found({ layers: layers.slice(0, 4) }))
    problem(plan, /^Server 1 \(web\): layer 5 is not there\.$/)
    assert.deepEqual(kept(plan), [2, 3, 4])
  })

  test('a server whose image has no record', () => {
    const plan = makePlan(found({ images: [] }))
    problem(plan, /^Server 1 \(web\): its image 1 is left out\.$/)
    assert.deepEqual(kept(plan), [1, 2, 3, 4, 5])
  })

  test('an image whose file is not there, with what stands on it', () => {
    const linked = { ...image, layer: { ...image.layer!, linked: true, file: '/srv/tiny.qcow2' } }
    const below = [layer(2, { kind: 'file', path: '/srv/tiny.qcow2' }), ...layers.slice(2)]
    const gone = makePlan(found({ images: [linked], layers: below }))
    assert.deepEqual(gone.problems, [
      'Image 1 (tiny): its file /srv/tiny.qcow2 is not there.',
      'Server 1 (web): its image 1 is left out.',
    ])
    const there = makePlan(found({ images: [linked], layers: below, linked: ['/srv/tiny.qcow2'] }))
    assert.deepEqual(there.problems, [])
    assert.deepEqual(
      there.layers.filter(({ isImage }) => isImage).map(({ id, file, state }) => [id, file, state]),
      [[1, '/srv/tiny.qcow2', 'live']],
    )
    assert.equal(there.layers.find(({ id }) => id === 2)?.parentId, 1)
  })

  test('what stands on a file that is no layer', () => {
    const plan = makePlan(
      found({ layers: [layer(1, null), layer(2, { kind: 'file', path: '/etc/shadow' }), ...layers.slice(2)] }),
    )
    problem(plan, /^Server 1 \(web\): layer 2 stands on \/etc\/shadow, which is no image of a record\.$/)
  })

  test('what stands on itself, and what cannot be read', () => {
    problem(
      makePlan(found({ layers: [layer(1, null), layer(2, 5), ...layers.slice(2)] })),
      /layer 5 stands on itself\.$/,
    )
    const torn = layer(5, { kind: 'unreadable', why: 'not a qcow2 file' })
    problem(makePlan(found({ layers: [...layers.slice(0, 4), torn] })), /layer 5 cannot be read: not a qcow2 file\.$/)
  })

  test('a server whose disk others stand on: to write to it would change them', () => {
    const back = { ...server, disks: server.disks.map(disk => ({ ...disk, layer: 3 })) }
    problem(
      makePlan(found({ servers: [back] })),
      /^Server 1 \(web\): layer 4 stands on layer 3, which is to be its disk 0\.$/,
    )
  })

  test('a snapshot of what the server writes to', () => {
    const plan = makePlan(found({ running: running(4, 3, 2, 1) }))
    problem(plan, /^The undo point of server 1 \(web\): layer 4 is written to by server 1\.$/)
    assert.deepEqual(kept(plan), [5])
  })

  test('what a header has put on a layer of another account', () => {
    const other = {
      ...{ ...server, id: 2, account: { id: 2, email: 'b@example.test' }, snapshots: [], undo_point: null },
      ...{
        disks: [{ ...server.disks[0]!, disk_id: 2, layer: 6 }],
        layers: [{ ...server.layers[0]!, id: 6, server_id: 2 }],
      },
    }
    const own = makePlan(found({ servers: [server, other], layers: [...layers, layer(6, 1)] }))
    assert.deepEqual(own.problems, [])
    assert.deepEqual(
      own.accounts.map(({ id, email }) => [id, email]),
      [
        [1, 'a@example.test'],
        [2, 'b@example.test'],
      ],
    )
    const plan = makePlan(found({ servers: [server, other], layers: [...layers, layer(6, 4)] }))
    problem(plan, /^Server 2 \(web\): disk 2: layer 4 belongs to another account\.$/)
  })

  test('a server on the disk of another: the one that runs has it', () => {
    const twin = (id: number, layer: number) => ({
      ...{ ...server, id, snapshots: [], undo_point: null },
      ...{ disks: [{ ...server.disks[0]!, disk_id: id, layer }] },
    })
    const same = makePlan(
      found({ servers: [twin(1, 5), twin(2, 5)], running: new Map([[2, new Map([[2, [5, 2, 1]]])]]) }),
    )
    problem(same, /^Server 1 \(web\): disk 1: layer 5 is written to by server 2\.$/)
    const above = makePlan(
      found({ servers: [twin(1, 4), twin(2, 3)], running: new Map([[2, new Map([[2, [3, 2, 1]]])]]) }),
    )
    problem(above, /^Server 1 \(web\): disk 1: layer 3 is written to by server 2\.$/)
  })

  test('a server that runs and has no record', () => {
    problem(
      makePlan(found({ running: new Map([[9, new Map()]]) })),
      /^Server 9: it runs, and there is no record of it\.$/,
    )
  })

  test('a machine whose layers are not what their files say', () => {
    problem(
      makePlan(found({ running: running(5, 3, 2, 1) })),
      /^Server 1 \(web\): its QEMU has the layers 5 → 3 → 2 → 1 open, and their files say 5 → 2 → 1\.$/,
    )
  })
})

test('a clone that stands on a server that is gone keeps what it stands on, which counts against nobody', () => {
  const clone = {
    ...{ ...server, id: 2, snapshots: [], undo_point: null, disks: [{ ...server.disks[0]!, disk_id: 2, layer: 5 }] },
    layers: server.layers
      .filter(({ id }) => id === 2 || id === 5)
      .map(one => ({ ...one, server_id: one.id === 5 ? 2 : null })),
  }
  const plan = makePlan(found({ servers: [clone], layers: [layer(1, null), layer(2, 1), layer(5, 2)] }))
  assert.deepEqual(plan.problems, [])
  assert.deepEqual(
    plan.layers.map(({ id, accountId, serverId }) => [id, accountId, serverId]),
    [
      [1, null, null],
      [2, 1, null],
      [5, 1, 2],
    ],
  )
})

test('ids go on well above every one of which there is a trace', () => {
  const traces = { servers: [40], operations: [7000], layers: [12] }
  const { highest } = makePlan(found({ highest: { layers: 3, snapshots: 30, tokens: 4 }, traces }))
  assert.deepEqual(highest, {
    ...{ accounts: 1001, images: 1001, disks: 1001, servers: 1040, snapshots: 1030 },
    ...{ operations: 8000, layers: 1012, tokens: 1004 },
  })
})

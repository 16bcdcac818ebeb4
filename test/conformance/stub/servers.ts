import { Problem } from './problems.ts'
import { type Handler, json } from './request.ts'
import { find, paged, RESTORE_TICKS, refuseBusy, wait } from './snapshots.ts'
import { viewLayers, viewOperation, viewServer } from './views.ts'
import { begin } from './world.ts'

const TICKS = 3

const actions = {
  start: { from: ['stopped'], to: 'active' },
  stop: { from: ['active'], to: 'stopped' },
  reboot: { from: ['active'], to: 'active' },
} as const

export const listServers: Handler = (world, request) => {
  const all = world.servers.filter(server =>
    (['status', 'location'] as const).every(key => server[key] === (request.query.get(key) ?? server[key])),
  )
  return paged(request, '/servers/', all.map(viewServer))
}

export const showServer: Handler = (world, request) => json(200, viewServer(find(world.servers, request, 'server')))

export const listLayers: Handler = (world, request) =>
  paged(request, '/servers/:id/layers/', viewLayers(world, find(world.servers, request, 'server')))

export const act =
  (action: keyof typeof actions): Handler =>
  (world, request) => {
    const server = find(world.servers, request, 'server')
    refuseBusy(world, server.id)
    const { from, to } = actions[action]
    if (!(from as readonly string[]).includes(server.status)) {
      throw new Problem('server_wrong_state', `The server is ${server.status}.`)
    }
    const operation = begin(world, {
      kind: `server_${action}`,
      serverId: server.id,
      snapshotId: null,
      ticks: TICKS,
      finish: () => Object.assign(server, { status: to, updatedAt: Date.now() }),
    })
    wait(world, request, operation)
    return json(200, viewServer(server), { 'operation-id': String(operation.id) })
  }

export const undo: Handler = (world, request) => {
  const server = find(world.servers, request, 'server')
  refuseBusy(world, server.id)
  if (!server.canUndo) throw new Problem('nothing_to_undo', 'There was no restore.')
  const before = server.status
  server.status = 'restoring'
  const operation = begin(world, {
    kind: 'server_undo',
    serverId: server.id,
    snapshotId: null,
    ticks: RESTORE_TICKS,
    finish: () => Object.assign(server, { status: before, updatedAt: Date.now() }),
  })
  wait(world, request, operation)
  return json(200, viewServer(server), { 'operation-id': String(operation.id) })
}

export const listOperations: Handler = (world, request) =>
  paged(request, '/operations/', world.operations.toReversed().map(viewOperation))

export const showOperation: Handler = (world, request) =>
  json(200, viewOperation(find(world.operations, request, 'operation')))

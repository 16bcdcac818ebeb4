/** Servers made from images and, as clones, from snapshots. */
import type { Static } from 'typebox'
import type { Db, Trx } from '../db/database.ts'
import { hostnameFor } from '../domain/servers.ts'
import type { Driver } from '../drivers/driver.ts'
import type { ErrorCode } from '../errors.ts'
import { answerPost } from '../http/answer.ts'
import { callerOf, confirmCaller } from '../http/auth.ts'
import { bodyOrNothing } from '../http/body.ts'
import type { App, RouteDeps } from '../http/deps.ts'
import { pathId, pathIds, toId } from '../http/ids.ts'
import { postHeaders, started } from '../http/schemas.ts'
import { CloneServer, CreateServer } from './bodies.ts'
import { cloudInitOf } from './cloud-init.ts'
import { readOffer } from './offer.ts'
import { bytesToCopy, type CloneRequest, readShape, requestClone } from './request-clone.ts'
import { type CreateRequest, requestCreate } from './request-create.ts'
import { ServerDetail } from './schemas.ts'
import { readMadeServer } from './store.ts'
import { isAgentConnected, toServerDetail } from './views.ts'
import { forwardsOf, LOCATION, PLAN_NAME } from './wish.ts'

const tags = ['servers']

const failures: readonly ErrorCode[] = [
  'quota_exceeded',
  'not_enough_memory',
  'not_enough_space',
  'port_taken',
  'bridge_unavailable',
  'firmware_unavailable',
]

export function makingRoutes(app: App, deps: RouteDeps): void {
  createRoute(app, deps)
  cloneRoute(app, deps)
}

function createRoute(app: App, deps: RouteDeps): void {
  const { db, driver, http } = deps
  app.post('/api/v1/servers/', {
    config: { access: 'servers:write', failures: ['image_not_available', ...failures] },
    schema: {
      operationId: 'createServer',
      tags,
      summary: 'Make a server from an image',
      description:
        'Answers at once, with the status `creating`; the server is started when it is made. The header Operation-Id ' +
        'names the operation. If it cannot be made its status becomes `failed`, and the detail says why.',
      headers: postHeaders,
      body: CreateServer,
      response: { 201: started('It is being made.', ServerDetail) },
    },
    preValidation: bodyOrNothing,
    handler: async (request, reply) => {
      const caller = callerOf(request)
      const wanted = toCreateRequest(caller.accountId, request.body)
      const offer = await held(() => readOffer(db, driver, wanted))
      let serverId = 0
      return answerPost(http, request, reply, {
        effect: async trx => {
          await confirmCaller(trx, caller)
          const made = await requestCreate(trx, makeDeps(deps), wanted, offer())
          serverId = made.serverId
          return { status: 201, body: await detailOf(trx, deps, serverId), operationId: made.operationId }
        },
        current: () => currentDetail(deps, serverId),
      })
    },
  })
}

function cloneRoute(app: App, deps: RouteDeps): void {
  const { db, driver, http } = deps
  app.post('/api/v1/servers/:server_id/clone/', {
    config: { access: 'servers:write', failures: ['not_found', 'snapshot_not_cloneable', ...failures] },
    schema: {
      operationId: 'cloneServer',
      tags,
      summary: 'Make a server that begins with what a snapshot holds',
      description:
        'The server in the path lends its plan, network and location; the snapshot, of this or another server of the ' +
        'account, the disks with their sizes, the firmware and the image. It takes the same time for 1 GB and 1 TB, and ' +
        'the snapshot may be deleted as soon as this has answered. `identity` says what the clone does not share with its ' +
        'origin.',
      headers: postHeaders,
      params: pathIds('server_id'),
      body: CloneServer,
      response: { 201: started('It is being made.', ServerDetail) },
    },
    preValidation: bodyOrNothing,
    handler: async (request, reply) => {
      const caller = callerOf(request)
      const target = { accountId: caller.accountId, serverId: pathId(request.params.server_id) }
      const plan = await held(() => planClone(db, driver, target, request.body))
      let serverId = 0
      return answerPost(http, request, reply, {
        bytes: async () => plan().neededBytes,
        effect: async trx => {
          await confirmCaller(trx, caller)
          const { wanted, offer, neededBytes } = plan()
          const made = await requestClone(trx, makeDeps(deps), wanted, offer, neededBytes)
          serverId = made.serverId
          return { status: 201, body: await detailOf(trx, deps, serverId), operationId: made.operationId }
        },
        current: () => currentDetail(deps, serverId),
      })
    },
  })
}

/**
 * Done now; what it gave or threw is told when asked for, in the transaction. A repeat with its Idempotency-Key is
 * answered as it was, also if the host has changed since.
 */
async function held<Value>(work: () => Promise<Value> | Value): Promise<() => Value> {
  try {
    const value = await work()
    return () => value
  } catch (error) {
    return () => {
      throw error
    }
  }
}

function makeDeps({ now, snapshots }: RouteDeps) {
  return { now, reserveBytes: snapshots.reserveBytes }
}

async function detailOf(db: Db | Trx, deps: RouteDeps, serverId: number, agentConnected = false) {
  return toServerDetail(db, await readMadeServer(db, serverId), agentConnected, deps)
}

async function currentDetail(deps: RouteDeps, serverId: number) {
  return detailOf(deps.db, deps, serverId, await isAgentConnected(deps.driver, serverId))
}

function toCreateRequest(accountId: number, body: Static<typeof CreateServer>): CreateRequest {
  const { name, plan, network = 'user' } = body
  return {
    accountId,
    name,
    hostname: body.hostname ?? hostnameFor(name),
    location: body.location ?? LOCATION,
    imageId: toId(body.image_id, 'image_id'),
    plan: {
      name: plan.name ?? PLAN_NAME,
      vcpus: plan.vcpus,
      memoryMb: plan.memory,
      storageGb: plan.storage,
    },
    disksGb: (body.disks ?? []).map(disk => disk.size_gb),
    firmware: body.firmware ?? 'bios',
    network,
    forwards: forwardsOf(network, body.forwards),
    cloudInit: cloudInitOf(body.cloud_init),
    autostart: body.autostart ?? true,
    quarantine: false,
  }
}

async function planClone(
  db: Db,
  driver: Driver,
  { accountId, serverId }: { accountId: number; serverId: number },
  body: Static<typeof CloneServer>,
) {
  const snapshotId = toId(body.snapshot_id, 'snapshot_id')
  const shape = await readShape(db, accountId, serverId)
  const { name, network = shape.network } = body
  const usualPorts = shape.network === 'user' ? shape.guestPorts : undefined
  const wanted: CloneRequest = {
    accountId,
    serverId,
    snapshotId,
    name,
    hostname: body.hostname ?? hostnameFor(name),
    location: shape.location,
    plan: {
      name: body.plan?.name ?? shape.plan.name,
      vcpus: body.plan?.vcpus ?? shape.plan.vcpus,
      memoryMb: body.plan?.memory ?? shape.plan.memoryMb,
      storageGb: body.plan?.storage ?? null,
    },
    network,
    forwards: forwardsOf(network, body.forwards, usualPorts),
    cloudInit: cloudInitOf(body.cloud_init),
    autostart: body.autostart ?? true,
    quarantine: body.quarantine ?? false,
  }
  const offer = await readOffer(db, driver, wanted)
  return { wanted, offer, neededBytes: await bytesToCopy(db, driver, accountId, snapshotId) }
}

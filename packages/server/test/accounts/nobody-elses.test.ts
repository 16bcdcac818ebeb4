/**
 * No account reaches, changes or learns of another's objects: tried on every operation of the OpenAPI document, so that
 * a route which is added is tried as well, or this test fails until it is told how to ask for it.
 *
 * Two accounts with one of everything try every id of each other, in paths, queries and bodies; so does the host's
 * administrator, who has to say for whom (`?account_id=`) and does not. Each answer must be, to the letter, that to an id
 * that never existed; no list shows a trace; and not one row of the database is another afterwards. Every request carries
 * an Idempotency-Key with which its owner has sent the very same request.
 */
import assert from 'node:assert/strict'
import { requestDigest } from '../../src/http/canonical.ts'
import { openWorld, type World } from '../http/harness.ts'
import { plan } from '../servers/support.ts'
import { test } from '../support/databases.ts'
import { rowsOf } from '../support/rows.ts'
import { giveEverything, type Owner } from './owners.ts'

const NEVER_EXISTED = 7_777_777
const KEY = 'the-very-same-key'

type Method = 'GET' | 'POST' | 'PATCH' | 'DELETE'
type Place = 'path' | 'query' | 'body'

/** One operation of the document. */
interface Operation {
  readonly name: string
  readonly method: Method
  readonly path: string
  /** Where it takes ids, and what they are called. */
  readonly ids: readonly { readonly place: Place; readonly name: string }[]
  readonly hasBody: boolean
  readonly isList: boolean
}

/** Operation → a body that its owner could send, given its ids. */
const bodies: Record<string, (ids: Record<string, number>, mark: string) => object> = {
  createAccount: (_, mark) => ({ email: `${mark}@example.net` }),
  updateAccount: (_, mark) => ({ first_name: mark }),
  createSnapshot: ({ server_id }, mark) => ({ server_id, name: mark }),
  createServer: ({ image_id }, mark) => ({ name: mark, image_id, plan }),
  changeServer: (_, mark) => ({ name: mark, autostart: false }),
  cloneServer: ({ snapshot_id }, mark) => ({ name: mark, snapshot_id }),
  execInServer: (_, mark) => ({ program: '/bin/echo', arguments: [mark] }),
  importImage: (_, mark) => ({ name: mark, path: '/srv/a.raw', format: 'raw' }),
  createToken: (_, mark) => ({ name: mark, permissions: ['snapshots:read'] }),
}

/** Operation → the table that its results are rows of; null: they belong to the host. */
const lists: Record<string, 'servers' | 'snapshots' | 'operations' | 'tokens' | 'layers' | null> = {
  listServers: 'servers',
  listSnapshots: 'snapshots',
  listOperations: 'operations',
  listTokens: 'tokens',
  listLayers: 'layers',
  listImages: null,
  listAccounts: null,
}

/**
 * Everybody sees the host's images, and administrators its accounts; whoever names an account in a query must be one. All
 * events are counted together: ../events/stream.test.ts says who sees which.
 */
function isForAll(name: string, attacker: Attacker): boolean {
  return name === 'image_id' || name === 'last_event_id' || (name === 'account_id' && attacker.isAdmin)
}

interface Attacker extends Owner {
  readonly isAdmin: boolean
}

test('nobody reaches, changes or learns of what is somebody else’s', { timeout: 300_000 }, async t => {
  const world = await openWorld(t)
  world.memory.controls.putFile('/srv/a.raw', { format: 'raw', sizeBytes: 65_536, blocks: new Map([[0, 1]]) })
  const image = await world.post(
    'images/',
    { name: 'shared', path: '/srv/a.raw', format: 'raw' },
    { headers: { prefer: 'wait=30' } },
  )
  const account = async (mark: string) => {
    const { body } = await world.post('accounts/', { email: `${mark}@example.com`, first_name: mark })
    return giveEverything(world, { accountId: body.id, token: body.token.token, mark }, image.body.id)
  }
  const [a, b] = [await account('anna'), await account('bert')]
  const host = await giveEverything(
    world,
    { accountId: world.accountId, token: world.token, mark: 'root' },
    image.body.id,
  )
  await world.service.stop()

  const operations = operationsOf((await world.call('/openapi.json')).body)
  const tried = new Map<string, number>()
  for (const [attacker, victim] of [
    [{ ...a, isAdmin: false }, b],
    [{ ...b, isAdmin: false }, a],
    [{ ...a, isAdmin: false }, host],
    [{ ...host, isAdmin: true }, b],
  ] as const) {
    await sendOnce(world, operations, victim)
    const before = await rowsOf(world)
    for (const operation of operations) {
      await checkList(world, operation, attacker, victim)
      const count = await attack(world, operation, attacker, victim)
      assert.deepEqual(await rowsOf(world), before, `${operation.name} has changed something`)
      tried.set(operation.name, (tried.get(operation.name) ?? 0) + count)
    }
  }
  // Every operation takes an id, if only the account's.
  assert.deepEqual(
    [...tried].filter(([, count]) => count === 0),
    [],
  )
  await checkReachable(world, operations, b, a)
})

/** What the document says there is; whatever this test cannot ask for makes it fail. */
function operationsOf(document: OpenApi): Operation[] {
  const found: Operation[] = []
  for (const [path, methods] of Object.entries(document.paths)) {
    for (const [method, { operationId: name, security, parameters = [], requestBody, responses }] of Object.entries(
      methods,
    )) {
      if (security?.length === 0) continue
      const inUrl = parameters
        .filter(parameter => parameter.in === 'path' || (parameter.in === 'query' && isId(parameter.name)))
        .map(parameter => ({ place: parameter.in as Place, name: parameter.name }))
      const inBody = idsIn(requestBody?.content['application/json'].schema)
      const hasBody = requestBody !== undefined
      assert.ok(!hasBody || bodies[name], `tell this test how to send ${name}: add it to "bodies"`)
      const isList = 'results' in (responses['200']?.content?.['application/json']?.schema?.properties ?? {})
      assert.ok(!isList || name in lists, `tell this test whose ${name} shows: add it to "lists"`)
      found.push({
        name,
        method: method.toUpperCase() as Method,
        path,
        ids: [...inUrl, ...inBody.map(id => ({ place: 'body' as const, name: id }))],
        hasBody,
        isList,
      })
    }
  }
  assert.ok(found.length >= 30, `only ${found.length} operations were found`)
  return found
}

const isId = (name: string) => /(^|_)ids?$/.test(name)

interface Schema {
  readonly properties?: Record<string, Schema>
  readonly items?: Schema
}

function idsIn(schema: Schema | undefined): string[] {
  if (!schema) return []
  const own = Object.entries(schema.properties ?? {})
  return [
    ...own.filter(([name]) => isId(name)).map(([name]) => name),
    ...own.flatMap(([, value]) => idsIn(value)),
    ...idsIn(schema.items),
  ]
}

/** Ids by place; what is not named is left away in a query, and the sender's own in a path or body. */
type Named = Readonly<Record<Place, Readonly<Record<string, number>>>>

function send(world: World, operation: Operation, sender: Owner, named: Named, mark: string) {
  const { method, path } = operation
  const own = (name: string) => {
    const [id] = sender.ids[name] ?? []
    assert.ok(id !== undefined, `tell this test what a ${name} is: give every owner one`)
    return id
  }
  const url = path.replaceAll(/\{(\w+)\}/g, (_, name: string) => String(named.path[name] ?? own(name)))
  const query = new URLSearchParams(
    Object.entries(named.query).map(([name, id]): [string, string] => [name, String(id)]),
  )
  const inBody = operation.ids.filter(({ place }) => place === 'body')
  const ids = Object.fromEntries(inBody.map(({ name }) => [name, named.body[name] ?? own(name)]))
  return world.call(query.size > 0 ? `${url}?${query}` : url, {
    method,
    token: sender.token,
    headers: method === 'POST' ? { 'idempotency-key': KEY } : {},
    ...(operation.hasBody ? { body: bodies[operation.name]?.(ids, mark) } : {}),
  })
}

/** As if only the owner had sent each POST with the key before, and been answered with something that is theirs alone. */
async function sendOnce(world: World, operations: readonly Operation[], owner: Owner): Promise<void> {
  await world.db.deleteFrom('idempotency_keys').execute()
  for (const operation of operations.filter(({ method }) => method === 'POST')) {
    const { path, name } = operation
    const own = (id: string) => owner.ids[id]?.[0] as number
    const url = path.replaceAll(/\{(\w+)\}/g, (_, id: string) => String(own(id)))
    const ids = Object.fromEntries(
      operation.ids.filter(({ place }) => place === 'body').map(id => [id.name, own(id.name)]),
    )
    const body = operation.hasBody ? bodies[name]?.(ids, owner.mark) : undefined
    await world.db
      .insertInto('idempotency_keys')
      .values({
        account_id: owner.accountId,
        route: `POST ${path.replaceAll(/\{(\w+)\}/g, ':$1')}`,
        key: KEY,
        request_digest: requestDigest('POST', url, {}, body),
        status: 200,
        body: JSON.stringify({ secret: owner.mark }),
        created_at: world.now(),
      })
      .execute()
  }
}

/** Every id of the victim's in every place, alone and all at once; how many requests. */
async function attack(world: World, operation: Operation, attacker: Attacker, victim: Owner): Promise<number> {
  const places = operation.ids.filter(({ name }) => !isForAll(name, attacker))
  const every = places.flatMap(({ place, name }) => (victim.ids[name] ?? []).map(id => [{ place, name, id }]))
  const allAtOnce = places.map(({ place, name }) => ({ place, name, id: victim.ids[name]?.[0] as number }))
  const attempts = places.length > 1 ? [...every, allAtOnce] : every
  for (const ids of attempts) {
    const what = `${operation.name} with ${ids.map(({ place, name, id }) => `${name} ${id} in the ${place}`).join(', ')}`
    const named = (id: (one: (typeof ids)[number]) => number): Named => {
      const inPlace = (place: Place) =>
        Object.fromEntries(ids.filter(one => one.place === place).map(one => [one.name, id(one)]))
      return { path: inPlace('path'), query: inPlace('query'), body: inPlace('body') }
    }
    const reply = await send(
      world,
      operation,
      attacker,
      named(one => one.id),
      victim.mark,
    )
    const never = await send(
      world,
      operation,
      attacker,
      named(() => NEVER_EXISTED),
      victim.mark,
    )
    assert.equal(reply.status, never.status, `${what}: ${reply.text}`)
    const seen = ids.reduce(
      (text, { id }) => text.replaceAll(new RegExp(`(?<![0-9])${id}(?![0-9])`, 'g'), 'ID'),
      reply.text,
    )
    assert.equal(seen, never.text.replaceAll(String(NEVER_EXISTED), 'ID'), what)
    assert.deepEqual(headersOf(reply), headersOf(never), what)
    assert.ok(!reply.text.includes(victim.mark), `${what} shows what is theirs: ${reply.text}`)
  }
  return attempts.length
}

function headersOf({ headers }: { headers: object }) {
  const { date: _, 'content-length': __, ...rest } = headers as Record<string, unknown>
  return rest
}

/** The attacker's own lists: nothing of the victim's is in them, and what is in them is the attacker's. */
async function checkList(world: World, operation: Operation, attacker: Attacker, victim: Owner): Promise<void> {
  if (!operation.isList || (operation.name === 'listAccounts' && attacker.isAdmin)) return
  const reply = await send(world, operation, attacker, { path: {}, query: {}, body: {} }, attacker.mark)
  assert.ok(!reply.text.includes(victim.mark), `${operation.name} shows what is theirs: ${reply.text}`)
  const table = lists[operation.name]
  if (table == null) return
  assert.equal(reply.status, 200, operation.name)
  assert.ok(reply.body.count > 0, `${operation.name} is empty, and proves nothing`)
  const ids = reply.body.results.map(({ id }: { id: number }) => id)
  const theirs = await world.db.selectFrom(table).select(['id', 'account_id']).where('id', 'in', ids).execute()
  assert.equal(theirs.length, ids.length)
  for (const { id, account_id } of theirs) {
    // A layer of the host is an image's.
    assert.ok(
      account_id === attacker.accountId || (table === 'layers' && account_id === null),
      `${operation.name}: ${id}`,
    )
  }
}

/**
 * The same requests are no riddles: to whoever owns what they name, they are answered. Reading first, removing last. And
 * the keys that another account has used with them are in nobody's way.
 */
async function checkReachable(
  world: World,
  operations: readonly Operation[],
  owner: Owner,
  other: Owner,
): Promise<void> {
  await sendOnce(world, operations, other)
  const keys = world.db.selectFrom('idempotency_keys').selectAll().where('account_id', '=', other.accountId)
  const before = await keys.orderBy('route').execute()
  const order: readonly Method[] = ['GET', 'POST', 'PATCH', 'DELETE']
  const ordered = operations
    .filter(({ name }) => !/Account|Image/.test(name))
    .toSorted((x, y) => order.indexOf(x.method) - order.indexOf(y.method))
  for (const operation of ordered) {
    const reply = await send(world, operation, owner, { path: {}, query: {}, body: {} }, owner.mark)
    assert.ok(![401, 403, 404].includes(reply.status) && reply.status < 500, `${operation.name}: ${reply.text}`)
    if (operation.method === 'GET') assert.equal(reply.status, 200, `${operation.name}: ${reply.text}`)
    assert.ok(
      !reply.text.includes(other.mark) && !reply.headers['idempotency-replayed'],
      `${operation.name}: ${reply.text}`,
    )
  }
  assert.deepEqual(await keys.orderBy('route').execute(), before)
}

interface OpenApi {
  readonly paths: Record<
    string,
    Record<
      string,
      {
        readonly operationId: string
        readonly security?: object[]
        readonly parameters?: { readonly in: string; readonly name: string }[]
        readonly requestBody?: { readonly content: { readonly 'application/json': { readonly schema: Schema } } }
        readonly responses: Record<
          string,
          { readonly content?: { readonly 'application/json'?: { readonly schema?: Schema } } }
        >
      }
    >
  >
}

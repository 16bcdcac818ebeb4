/** The client is what docs/openapi.json says: its types and table are generated, and it has a function for each call. */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { apiText, type OpenApi } from '../generate/document.ts'
import { apiFile, formattedApi, readOpenApi } from '../generate/main.ts'
import { typeOf } from '../generate/types.ts'
import { Restpoint } from '../src/index.ts'

test('the committed file is what the document says (npm run sdk writes it)', () => {
  assert.equal(readFileSync(apiFile, 'utf8'), formattedApi())
})

test('there is one function for each call of the document, and no other', async () => {
  const { client, asked } = listener()
  const { dryRun, ...nouns } = client
  for (const noun of Object.values(nouns)) await callAll(noun)
  // No call, but a stream of its own.
  await assert.rejects(client.events().next(), /answered with 418/)
  assert.ok(documented.length > 30)
  assert.deepEqual(asked.sort(), [...documented].sort())
})

test('there is a dry run of each POST and DELETE, and of no other', async () => {
  const { client, asked } = listener()
  for (const noun of Object.values(client.dryRun)) await callAll(noun)
  const changing = documented.filter(call => /^(POST|DELETE) /.test(call)).map(call => `${call}?dry_run=true`)
  assert.deepEqual(asked.sort(), changing.sort())
})

const documented = Object.entries(readOpenApi().paths).flatMap(([path, methods]) =>
  Object.keys(methods).map(method => `${method.toUpperCase()} ${path.replace(/\{\w+\}/g, '7')}`),
)

/** A client that notes what it is about to ask, and never gets what it wants. */
function listener() {
  const asked: string[] = []
  const fetch = async (url: string | URL | Request, { method }: RequestInit = {}) => {
    asked.push(`${method} ${String(url).replace('http://host', '')}`)
    return new Response(null, { status: 418 })
  }
  return { asked, client: new Restpoint({ url: 'http://host', fetch, retries: 0 }) }
}

async function callAll(noun: object): Promise<void> {
  for (const [name, call] of Object.entries<(...args: unknown[]) => Promise<unknown>>({ ...noun })) {
    // Made of the others.
    if (name === 'each' || name === 'openTerminal') continue
    // What it cannot do without: ids first, then a body.
    await assert.rejects(call(...Array(call.length).fill(7)), /answered with 418|has no dry run/)
  }
}

test('every list can be iterated page by page', () => {
  const client = new Restpoint({ url: 'http://host' })
  for (const [name, noun] of Object.entries(client)) assert.equal('each' in noun, 'list' in noun, name)
})

test('what the generator does not know is an error, and never a type that is too wide', () => {
  assert.throws(() => typeOf({ type: 'string', const: 1 } as object, 'reply', 'Here'), /^Error: Here: .*"const"/)
  assert.throws(() => typeOf({ type: 'date' }, 'reply', 'Here'), /Here: .*"date"/)
  assert.throws(() => typeOf({ description: 'anything' }, 'reply', 'Here'), /Here: /)
})

test('what the client would not heed is an error', () => {
  const responses = { 200: { content: { 'application/json': { schema: { type: 'null' } } } } }
  const documentOf = (more: object) =>
    ({
      paths: { '/x/': { post: { operationId: 'x', summary: 'X', responses, ...more } } },
      components: { schemas: {} },
    }) as OpenApi
  assert.match(apiText(documentOf({})), /x: \{"method":"POST"/)
  const header = { name: 'x-new', in: 'header', required: false, schema: { type: 'string' } }
  assert.throws(() => apiText(documentOf({ parameters: [header] })), /x: .*"x-new"/)
  assert.throws(() => apiText(documentOf({ requestBody: { content: {} } })), /x: .*bodies/)
  const xml = { content: { 'application/xml': { schema: { type: 'string' } } } }
  assert.throws(() => apiText(documentOf({ responses: { 200: xml } })), /x 200: .*JSON/)
})

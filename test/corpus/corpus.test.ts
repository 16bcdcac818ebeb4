/** The corpus against the stub of the conformance suite: a right one gives no surprise, each broken one gives its own. */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { Problem } from '../conformance/stub/problems.ts'
import { json, type StubRequest } from '../conformance/stub/request.ts'
import { type Fault, startStub } from '../conformance/stub.ts'
import { corpus } from './corpus.ts'
import { runCorpus } from './run.ts'

const FOREIGN = 'rp_of-another-account'
const isForeign = ({ headers }: StubRequest) => headers.authorization === `Bearer ${FOREIGN}`

/** The stub knows one account; this is how it treats the other. */
const notFound = (request: StubRequest) => (isForeign(request) ? new Problem('not_found', 'No.').reply : undefined)

async function runAgainst(fault: Fault): Promise<{ inputs: number; surprises: string[] }> {
  const stub = await startStub({ before: notFound, ...fault })
  try {
    return await runCorpus({ url: stub.url, token: stub.token, serverId: 2, snapshotId: 12, foreignToken: FOREIGN })
  } finally {
    await stub.close()
  }
}

test('no two entries say the same', () => {
  const said = corpus.map(entry => JSON.stringify(entry))
  assert.equal(new Set(said).size, said.length)
  for (const { allowed } of corpus) for (const status of allowed) assert.ok(status >= 400 && status <= 505)
})

test('a right server gives no surprise, and is left as it was', async () => {
  let tokens: readonly { name: string }[] = []
  const { inputs, surprises } = await runAgainst({
    after: (_reply, _request, world) => {
      tokens = world.tokens
    },
  })
  assert.deepEqual(surprises, [])
  assert.ok(inputs >= 300, `${inputs} inputs`)
  assert.deepEqual(
    tokens.map(({ name }) => name),
    ['everything'],
  )
})

const broken: Record<string, { fault: Fault; surprise: RegExp }> = {
  'a fraction is taken for its id': {
    fault: { before: request => void Object.assign(request, { path: request.path.replace(/\.0\//, '/') }) },
    surprise: /^path id: \{id\}\.0: GET \/api\/v1\/snapshots\/12\.0\/: 404 expected, 200 came/,
  },
  'names may have a newline at the end': {
    fault: { before: request => void Object.assign(request, { body: without(request.body, '\\n"', '"') }) },
    surprise: /^field snapshot\.name: newline at the end: .*: 400 expected, 201 came/,
  },
  'an effect behind a refusal': {
    fault: {
      after: (reply, { body }, world) => {
        if (reply.status === 400 && body.includes('$(x)')) world.snapshots = world.snapshots.slice(1)
      },
    },
    surprise: /^field snapshot\.name: the snapshots have changed/,
  },
  'a stack in the reply': {
    fault: {
      after: (reply, { body }) => {
        if (body.includes('{{7*7}}')) Object.assign(reply.body as object, { detail: 'TypeError: x\n at /srv/a.ts:1' })
      },
    },
    surprise: /^field snapshot\.name: template: .*tells too much/,
  },
  'an error of its own': {
    fault: { before: ({ body }) => (body.includes('[[[[') ? json(500, { error: 'oops' }) : undefined) },
    surprise: /^body: arrays to depth 10,000: .*: 400 expected, 500 came/,
  },
  'the things of another account are forbidden': {
    fault: { before: request => (isForeign(request) ? new Problem('permission_denied', 'No.').reply : undefined) },
    surprise: /^foreign token: another account's: POST .*\/restore\/: 404 expected, 403 came/,
  },
  'a plain 404': {
    fault: {
      after: (reply, { path }) => {
        if (path.includes('.env')) Object.assign(reply, { headers: { 'content-type': 'text/html' }, body: 'no' })
      },
    },
    surprise: /^line: \/\.env: .*404 with the type text\/html/,
  },
  'a revoked token works on': {
    fault: {
      before: ({ method, path }, world) =>
        method === 'DELETE' && path === `/api/v1/tokens/${world.tokens[1]?.id}/` ? json(200, {}) : undefined,
    },
    surprise: /^authorization: revoked: GET \/api\/v1\/snapshots\/: 401 expected, 200 came/,
  },
  'a token without detail in its refusal': {
    fault: {
      after: reply => {
        if (reply.status === 401) Object.assign(reply.body as object, { detail: '' })
      },
    },
    surprise: /^authorization: none: .*401 with detail: ""/,
  },
  'no answer at all': {
    fault: {
      before: ({ target }) => {
        if (target.includes('%C0%80')) throw new Error('it fell over')
        return undefined
      },
    },
    surprise: /^path id: %C0%80: .*the connection was closed/,
  },
}

describe('a broken server is caught:', { concurrency: true }, () => {
  for (const [name, { fault, surprise }] of Object.entries(broken)) {
    test(name, async () => {
      const { surprises } = await runAgainst(fault)
      assert.ok(
        surprises.some(each => surprise.test(each)),
        `among ${surprises.length}: ${surprises.slice(0, 5).join('\n')}`,
      )
    })
  }
})

function without(bytes: Buffer, what: string, instead: string): Buffer {
  return Buffer.from(bytes.toString('latin1').replace(what, instead), 'latin1')
}

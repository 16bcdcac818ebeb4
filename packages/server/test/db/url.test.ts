import assert from 'node:assert/strict'
import { userInfo } from 'node:os'
import { test } from 'node:test'
import { nameOf, parsePostgresUrl } from '../../src/db/postgres/url.ts'

const self = userInfo().username
const plain = { host: 'localhost', port: 5432, user: self, database: self, tls: 'disable', rootCertificate: null }

const urls: Record<string, object> = {
  'postgres://': plain,
  'postgresql://localhost': plain,
  'postgres://ada@db:1/x': { ...plain, host: 'db', port: 1, user: 'ada', database: 'x' },
  'postgres://ada@db': { ...plain, host: 'db', user: 'ada', database: 'ada' },
  'postgres://a%40b@db/x%2Fy': { ...plain, host: 'db', user: 'a@b', database: 'x/y' },
  'postgres://ada@[::1]:5/x': { ...plain, host: '::1', port: 5, user: 'ada', database: 'x' },
  'postgres:///x?host=/var/run/postgresql': { ...plain, host: '/var/run/postgresql', database: 'x' },
  'postgres://ada:pw@/x?host=/run': { ...plain, host: '/run', user: 'ada', database: 'x' },
  'postgres://%2Frun/x': { ...plain, host: '/run', database: 'x' },
  'postgres://db/x?sslmode=verify-full&sslrootcert=/ca.pem': {
    ...plain,
    host: 'db',
    database: 'x',
    tls: 'verify-full',
    rootCertificate: '/ca.pem',
  },
}
for (const [url, address] of Object.entries(urls)) {
  test(`${url} is understood`, () => assert.deepEqual({ ...parsePostgresUrl(url) }, address))
}

test('a password may hold anything, written as in any URL', () => {
  assert.equal(parsePostgresUrl('postgres://ada:a%2Fb%25c%3Ad%40@db/x').password(), 'a/b%c:d@')
  assert.equal(parsePostgresUrl('postgres://ada@db/x').password(), '')
})

const wrong = [
  ['', /look like/],
  ['db.example', /look like/],
  ['http://db/x', /look like/],
  ['postgres://db:port/x', /look like/],
  ['postgres://db/x?ssl=true', /parameter that is not known/],
  ['postgres://db/x?sslmode=prefer', /sslmode must be one of disable, require, verify-full/],
  ['postgres://ada:50%@db/x', /%25/],
] as const
for (const [url, reason] of wrong) test(`${url} is refused`, () => assert.throws(() => parsePostgresUrl(url), reason))

test('people read where it is, and no secret', () => {
  assert.equal(nameOf(parsePostgresUrl('postgres://ada:secret@db:1/x')), '"x" on db:1')
  assert.equal(nameOf(parsePostgresUrl('postgres://ada:secret@/x?host=/run')), '"x" in /run')
})

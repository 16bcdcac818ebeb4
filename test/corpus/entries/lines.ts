import type { AccountQuery, DryRunQuery, Header, Line, OtherMethod, Query } from '../entry.ts'
import { allRoutes, METHODS, type Method } from '../routes.ts'

const LISTS = allRoutes.filter(route => route.isList).map(({ path }) => path)
const badPages = [
  'limit=abc',
  'limit=-1',
  'limit=1.5',
  'limit=1e1',
  'limit=%D9%A1',
  'limit=99999999999999999999',
  'limit=1%00',
  'offset=abc',
  'offset=-1',
  'offset=1.5',
  'offset=99999999999999999999',
  'limit=1&limit=2',
]

const badServerIds = [
  'abc',
  '0',
  '-1',
  '%2B1',
  '1.5',
  '{server}.0',
  '{server}e0',
  '0x1',
  '%20{server}',
  '{server}%20',
  '{server}%00',
  '{server}%0A',
  '%D9%A1',
  '%EF%BC%91',
  '9007199254740992',
  '9223372036854775808',
  '9'.repeat(10_000),
  '%',
  '%zz',
  '%FF',
  'null',
  'true',
  '[]',
  '%7B%22id%22:1%7D',
  '{server},{server}',
  '{server}%20OR%201=1',
  '%27',
  '$(id)',
  '{server}&server_id={server}',
]

const badCreates = [
  'consistency=total',
  'consistency=',
  'consistency=CRASH',
  'consistency=crash%00',
  'consistency=auto&consistency=crash',
  'consistency=__proto__',
  'memory=true',
  'memory=yes',
  'memory=1',
  'memory=TRUE',
  'memory=true&memory=false',
]

/** Of other routes: what a flag, a state or a place cannot be. */
const badOthers: readonly [method: Method, path: string, queries: readonly string[]][] = [
  ['DELETE', '/servers/{id}/', ['with_snapshots=', 'with_snapshots=yes', 'with_snapshots=1', 'with_snapshots=TRUE']],
  ['POST', '/images/', ['link=', 'link=yes', 'link=1', 'link=TRUE', 'link=true&link=false']],
  [
    'GET',
    '/operations/',
    ['status=', 'status=dead', 'status=RUNNING', 'status=queued%00', 'server_id=abc', 'server_id=-1'],
  ],
  [
    'GET',
    '/events/',
    [
      ...['last_event_id=', 'last_event_id=abc', 'last_event_id=-1', 'last_event_id=1.5', 'last_event_id=1e3'],
      ...[
        'last_event_id=9007199254740993',
        'last_event_id=1%00',
        'last_event_id=%D9%A1',
        'last_event_id=1&last_event_id=2',
      ],
    ],
  ],
  ['GET', '/servers/', ['status=', 'status=dead', 'status=ACTIVE', 'location=a%00', 'location=a%0Ab']],
]

const badAccountIds = [
  'abc',
  '',
  '-1',
  '%2B1',
  '1.5',
  '1e0',
  '0x1',
  '1%00',
  '%D9%A1',
  '9007199254740993',
  '1,1',
  '1%20OR%201=1',
  '1&account_id=1',
]

/** Where somebody acts for another account. */
export const accountQueries: readonly AccountQuery[] = [
  ...badAccountIds.map((text): AccountQuery => ({ where: 'account query', what: text, text, allowed: [400] })),
  { where: 'account query', what: 'one that is not there', text: '2147483647', allowed: [404] },
]

const badDryRuns = [
  'dry_run=',
  'dry_run=maybe',
  'dry_run=1',
  'dry_run=TRUE',
  'dry_run=true%00',
  'dry_run=true&dry_run=true',
  'dryrun=true',
  'dry-run=true',
  'DryRun=true',
]

/** Where somebody only wants to know. */
export const dryRunQueries: readonly DryRunQuery[] = badDryRuns.map(query => {
  return { where: 'dry run query', what: query, query, allowed: [400] }
})

export const methodEntries: readonly OtherMethod[] = METHODS.map(method => ({
  where: 'method',
  what: method,
  method,
  allowed: [405],
}))

export const queries: readonly Query[] = [
  ...badOthers.flatMap(([method, path, texts]) =>
    texts.map(
      (query): Query => ({
        where: 'query',
        what: `${path} ${query}`,
        method,
        path,
        query,
        allowed: [400],
        isOwn: true,
      }),
    ),
  ),
  ...LISTS.flatMap(path =>
    badPages.map(
      (query): Query => ({ where: 'query', what: query, method: 'GET', path, query, allowed: [400], isOwn: true }),
    ),
  ),
  ...badServerIds.map((id): Query => {
    const what = `server_id=${id.slice(0, 40)}`
    return { where: 'query', what, method: 'GET', path: '/snapshots/', query: `server_id=${id}`, allowed: [400] }
  }),
  ...badCreates.map(
    (query): Query => ({ where: 'query', what: query, method: 'POST', path: '/snapshots/', query, allowed: [400] }),
  ),
]

const badKeys: Record<string, readonly string[]> = {
  empty: ['Idempotency-Key:'],
  spaces: ['Idempotency-Key: a b'],
  '256 characters': [`Idempotency-Key: ${'k'.repeat(256)}`],
  '12,000 characters': [`Idempotency-Key: ${'k'.repeat(12_000)}`],
  'not ASCII': ['Idempotency-Key: k\xe9y\xff'],
  'in UTF-8': ['Idempotency-Key: \xf0\x9f\x94\x91'],
  'a tab': ['Idempotency-Key: a\tb'],
  twice: ['Idempotency-Key: one', 'Idempotency-Key: two'],
  quoted: ['Idempotency-Key: "'],
  injection: ["Idempotency-Key: '; DROP TABLE idempotency_keys;--"],
  'a control character': ['Idempotency-Key: a\x01b'],
  'a NUL': ['Idempotency-Key: a\0b'],
}

const badPreferences: Record<string, readonly string[]> = {
  empty: ['Prefer:'],
  'no number': ['Prefer: wait'],
  'no value': ['Prefer: wait='],
  'a word': ['Prefer: wait=long'],
  negative: ['Prefer: wait=-1'],
  fraction: ['Prefer: wait=0.5'],
  'far too long': ['Prefer: wait=99999999999999999999'],
  infinite: ['Prefer: wait=Infinity'],
  NaN: ['Prefer: wait=NaN'],
  'arabic digits': ['Prefer: wait=\xd9\xa1'],
  twice: ['Prefer: wait=1, wait=2'],
  'two headers': ['Prefer: wait=1', 'Prefer: wait=x'],
  'an open quote': ['Prefer: wait="1'],
  commas: [`Prefer: ${','.repeat(5000)}`],
  '12,000 characters': [`Prefer: wait=${'1'.repeat(12_000)}`],
  'not ASCII': ['Prefer: w\xe4it=1'],
  'a NUL': ['Prefer: wait=1\0'],
}

export const headerEntries: readonly Header[] = [
  ...Object.entries(badKeys).map(
    ([what, headers]): Header => ({ where: 'header', what: `Idempotency-Key: ${what}`, headers, allowed: [400, 404] }),
  ),
  ...Object.entries(badPreferences).map(
    ([what, headers]): Header => ({ where: 'header', what: `Prefer: ${what}`, headers, allowed: [400, 404] }),
  ),
]

const badPaths = [
  '/api/v1/nothing/',
  '/api/v2/snapshots/',
  '/API/V1/SNAPSHOTS/',
  '/api/v1/Snapshots/',
  '/api/v1/snapshots//',
  '/api/v1//snapshots/',
  '//api/v1/snapshots/nothing/',
  '/api/v1/snapshots/{snapshot}/restore/again/',
  '/api/v1/snapshots/{snapshot}/nothing/',
  '/api/v1/servers/{server}/delete/',
  '/api/v1/servers/{server}/layers/1/',
  '/api/v1/account/',
  '/api/v1/accounts/../account/you/',
  '/api/v1/../../etc/passwd',
  '/api/v1/..%2f..%2fetc%2fpasswd',
  '/api/v1/%2e%2e/%2e%2e/etc/passwd',
  '/etc/passwd',
  '/.env',
  '/.git/config',
  '/admin-token',
  '/api/v1/snapshots%2f',
  '/api/v1/snapshots%00/',
  '/api/v1/snapshots;a=b/',
  '/api/v1/__proto__/',
  '/api/v1/constructor/',
  '/%',
  '/%zz',
  `/api/v1/${'a/'.repeat(2000)}`,
]

/** What is no HTTP, or none that may pass. Some of it is refused before there is a request. */
const badHttp: readonly Partial<Line>[] = [
  { what: 'a method that nobody knows', method: 'BREW', allowed: [400, 404, 405, 501] },
  { what: 'a method of WebDAV', method: 'LOCK', allowed: [400, 404, 405, 501] },
  { what: 'a trace', method: 'TRACE', allowed: [400, 404, 405, 501] },
  { what: 'a method in lower case', method: 'get', allowed: [400, 405, 501] },
  { what: 'HTTP/9.9', version: 'HTTP/9.9', allowed: [400, 505] },
  { what: 'no version', version: 'HTTP', allowed: [400] },
  { what: 'a header without a colon', headers: ['nonsense'], allowed: [400] },
  { what: 'a space in the name of a header', headers: ['Bad Header: a'], allowed: [400] },
  { what: 'a length that is no number', headers: ['Content-Length: abc'], allowed: [400] },
  { what: 'a negative length', headers: ['Content-Length: -1'], allowed: [400] },
  { what: 'two lengths', headers: ['Content-Length: 2', 'Content-Length: 3'], bytes: '{}', allowed: [400] },
  {
    what: 'a length and chunks',
    method: 'POST',
    headers: ['Content-Length: 2', 'Transfer-Encoding: chunked', 'Content-Type: application/json'],
    bytes: '2\r\n{}\r\n0\r\n\r\n',
    allowed: [400],
  },
  {
    what: 'a chunk of no size',
    method: 'POST',
    headers: ['Transfer-Encoding: chunked', 'Content-Type: application/json'],
    bytes: 'zz\r\n{}\r\n0\r\n\r\n',
    allowed: [400],
  },
  { what: 'headers of 20 KiB', headers: [`X-Long: ${'x'.repeat(20 * 1024)}`], allowed: [400, 431] },
  { what: 'a full URL of somewhere else', target: 'http://example.org/api/v1/nothing/', allowed: [400, 404] },
]

export const lines: readonly Line[] = [
  ...badPaths.map(
    (target): Line => ({ where: 'line', what: target.slice(0, 60), method: 'GET', target, allowed: [400, 404] }),
  ),
  ...badHttp.map((line): Line => {
    const { what = '', allowed = [], ...rest } = line
    return { where: 'line', what, method: 'GET', target: '/api/v1/snapshots/', allowed, ...rest }
  }),
]

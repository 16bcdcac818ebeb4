import type { Authorization, Foreign } from '../entry.ts'

/** `{token}` is the right one; `{first}` and `{last}` have one byte off; `{revoked}`, `{expired}` were right once. */
const headers: Record<string, readonly string[]> = {
  none: [],
  empty: ['Authorization:'],
  'the scheme alone': ['Authorization: Bearer'],
  'the scheme and a space': ['Authorization: Bearer '],
  'the token alone': ['Authorization: {token}'],
  Basic: ['Authorization: Basic YWRtaW46YWRtaW4='],
  'the token as Basic': ['Authorization: Basic {token}'],
  Digest: ['Authorization: Digest username="admin"'],
  Token: ['Authorization: Token {token}'],
  'a scheme that begins alike': ['Authorization: BearerX {token}'],
  'no space': ['Authorization: Bearer{token}'],
  'a colon': ['Authorization: Bearer: {token}'],
  'a tab for the space': ['Authorization: Bearer\t{token}'],
  quoted: ['Authorization: Bearer "{token}"'],
  'one byte off at the end': ['Authorization: Bearer {last}'],
  'one byte off at the beginning': ['Authorization: Bearer {first}'],
  'a byte short': ['Authorization: Bearer {short}'],
  'a byte long': ['Authorization: Bearer {token}x'],
  'lower case': ['Authorization: Bearer {lower}'],
  'the prefix alone': ['Authorization: Bearer rp_'],
  'without its prefix': ['Authorization: Bearer {bare}'],
  'what a database may keep of it': ['Authorization: Bearer {digest}'],
  'something behind': ['Authorization: Bearer {token} x'],
  'twice in one': ['Authorization: Bearer {token}, Bearer {token}'],
  'the header twice': ['Authorization: Bearer {token}', 'Authorization: Bearer {token}'],
  'right, then wrong': ['Authorization: Bearer {token}', 'Authorization: Bearer {last}'],
  'wrong, then right': ['Authorization: Bearer {last}', 'Authorization: Bearer {token}'],
  'Basic, then right': ['Authorization: Basic YTpi', 'Authorization: Bearer {token}'],
  revoked: ['Authorization: Bearer {revoked}'],
  expired: ['Authorization: Bearer {expired}'],
  'null in words': ['Authorization: Bearer null'],
  'undefined in words': ['Authorization: Bearer undefined'],
  injection: ["Authorization: Bearer ' OR '1'='1"],
  wildcard: ['Authorization: Bearer %'],
  'not ASCII': ['Authorization: Bearer rp_\xe9\xff\x80'],
  'in UTF-8': ['Authorization: Bearer rp_\xf0\x9f\x92\xa3'],
  '12,000 characters': [`Authorization: Bearer rp_${'x'.repeat(12_000)}`],
  'as a cookie': ['Cookie: token={token}; Authorization=Bearer {token}; session={token}'],
  'as X-Api-Key': ['X-Api-Key: {token}'],
  'as X-Auth-Token': ['X-Auth-Token: {token}'],
  'as Proxy-Authorization': ['Proxy-Authorization: Bearer {token}'],
  'forwarded from here': ['X-Forwarded-For: 127.0.0.1', 'X-Forwarded-User: admin', 'X-Real-IP: 127.0.0.1'],
}

export const foreignToken: Foreign = { where: 'foreign token', what: "another account's", allowed: [404] }

export const authorizations: readonly Authorization[] = [
  ...Object.entries(headers).map(
    ([what, lines]): Authorization => ({ where: 'authorization', what, headers: lines, allowed: [401] }),
  ),
  {
    where: 'authorization',
    what: '20,000 characters',
    headers: [`Authorization: Bearer rp_${'x'.repeat(20_000)}`],
    allowed: [401, 431],
  },
  { where: 'authorization', what: 'NUL in it', headers: ['Authorization: Bearer rp_\0'], allowed: [400, 401] },
  { where: 'authorization', what: 'folded', headers: ['Authorization: Bearer', ' {token}'], allowed: [400, 401] },
  ...['token', 'access_token', 'authorization'].map(
    (name): Authorization => ({
      where: 'authorization',
      what: `?${name}=`,
      headers: [],
      query: `${name}={token}`,
      allowed: [401],
    }),
  ),
]

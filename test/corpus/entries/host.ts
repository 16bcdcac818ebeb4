/** What must not import an image, or make or change an account. */
import type { OwnField } from '../entry.ts'

const badImageNames: Record<string, unknown> = {
  empty: '',
  '101 characters': 'n'.repeat(101),
  'a dot first': '.a',
  'two dots': '..',
  slash: 'a/b',
  traversal: '../../etc/passwd',
  newline: 'a\n',
  NUL: 'a\0',
  space: 'a b',
  'command substitution': '$(x)',
  'json:': 'json:{}',
  emoji: '\u{1f4a3}',
  'a homoglyph': '\u0430dmin',
  number: 7,
  null: null,
  array: ['a'],
}

const badPaths: Record<string, unknown> = {
  empty: '',
  relative: 'disk.raw',
  'relative with dots': '../disk.raw',
  'a detour': '/srv/../etc/shadow',
  'a dot': '/srv/./a',
  'two slashes': '//srv/a',
  'only the root': '/',
  NUL: '/srv/a\0.raw',
  newline: '/srv/a\n',
  escape: '/srv/a\u001b[31m',
  'the home of somebody': '~/disk.raw',
  'a URL': 'https://example.org/disk.raw',
  'a file URL': 'file:///etc/shadow',
  'json:': 'json:{"driver":"file","filename":"/etc/shadow"}',
  'nbd:': 'nbd:localhost:10809',
  '4,096 bytes': `/${'a'.repeat(4096)}`,
  number: 1,
  null: null,
  array: ['/srv/a'],
  object: { path: '/srv/a' },
}

const badFormats: Record<string, unknown> = {
  empty: '',
  unknown: 'vmdk',
  probed: 'auto',
  'upper case': 'RAW',
  'a space behind': 'raw ',
  options: 'raw,file.filename=/etc/shadow',
  null: null,
  array: ['raw'],
}

const badOsNames: Record<string, unknown> = { empty: '', '101 characters': 'n'.repeat(101), NUL: 'a\0', null: null }

const badEmails: Record<string, unknown> = {
  empty: '',
  'no at': 'corpus.example.com',
  'nothing before': '@example.com',
  'nothing behind': 'corpus@',
  'two of them': 'a@b@c',
  space: 'a b@example.com',
  newline: 'a@example.com\n',
  'a header': 'a@example.com\r\nBcc: b@example.com',
  NUL: 'a@example.com\0',
  '255 characters': `${'a'.repeat(243)}@example.com`,
  number: 7,
  null: null,
  array: ['a@example.com'],
  object: { $ne: '' },
}

const badPersonNames: Record<string, unknown> = {
  '101 characters': 'n'.repeat(101),
  newline: 'a\nb',
  NUL: 'a\0',
  number: 7,
  null: null,
  array: ['a'],
}

const badQuotas: Record<string, unknown> = {
  null: null,
  number: 5,
  array: [],
  text: 'unlimited',
  negative: { servers: -1 },
  fraction: { servers: 1.5 },
  'as text': { servers: '5' },
  infinite: { bytes: 1e300 },
  'past 2^53': { bytes: 2 ** 53 },
  'too many': { snapshots_per_server: 1001 },
  'an unknown key': { cpus: 1 },
  prototype: { constructor: 1 },
}

const badPermissions: Record<string, unknown> = {
  none: [],
  unknown: ['root'],
  wildcard: ['*'],
  twice: ['servers:read', 'servers:read'],
  text: 'admin',
  null: null,
  object: { admin: true },
}

const of =
  (of: OwnField['of']) =>
  (field: string, values: Record<string, unknown>): OwnField[] =>
    Object.entries(values).map(([what, value]) => {
      return { where: 'own field', of, field, what, json: JSON.stringify(value), allowed: [400], isNamed: true }
    })
const unknown = (make: ReturnType<typeof of>, ...fields: string[]) =>
  fields.flatMap(field => make(field, { 'an unknown key': 'a' }))

const [image, account, change] = [of('image'), of('account'), of('account change')]
const people = (make: ReturnType<typeof of>) => [
  ...make('first_name', badPersonNames),
  ...make('last_name', badPersonNames),
  ...make('company_name', badPersonNames),
  ...make('quota', badQuotas),
]

export const hostEntries: readonly OwnField[] = [
  ...image('name', badImageNames),
  ...image('path', badPaths),
  ...image('format', badFormats),
  ...image('os_name', badOsNames),
  ...image('cloud_init', { text: 'true', number: 1, null: null, array: [true] }),
  ...unknown(image, 'id', 'status', 'kernel', 'layer_id', 'url', 'constructor', 'toString'),

  ...account('email', badEmails),
  ...account('permissions', badPermissions),
  ...people(account),
  ...unknown(account, 'id', 'token', 'created_at', 'usage', 'constructor', 'toString'),

  ...people(change),
  ...unknown(change, 'id', 'email', 'permissions', 'token', 'usage', 'constructor', 'toString'),
]

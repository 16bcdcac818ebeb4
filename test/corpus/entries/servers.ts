/** What must not make, clone or change a server. */
import type { OwnField } from '../entry.ts'

const badNames: Record<string, unknown> = {
  empty: '',
  '256 characters': 'n'.repeat(256),
  'a dot first': '.a',
  'two dots': '..',
  'a hyphen first': '-name',
  slash: 'a/b',
  traversal: '../../etc/passwd',
  newline: 'a\nb',
  'newline at the end': 'a\n',
  space: 'a b',
  comma: 'a,debug-threads=on',
  'command substitution': '$(x)',
  backtick: '`id`',
  quote: "a'b",
  markup: '<b>',
  template: '{{7*7}}',
  emoji: '\u{1f4a3}',
  'a homoglyph': '\u0430dmin',
  'right-to-left override': 'a\u202eb',
  number: 7,
  true: true,
  null: null,
  array: ['a'],
  object: {},
}

const badHostnames: Record<string, unknown> = {
  empty: '',
  underscore: 'a_b',
  'a hyphen first': '-a',
  'a hyphen last': 'a-',
  'a dot last': 'a.',
  'two dots': 'a..b',
  '64 characters in a label': 'n'.repeat(64),
  '254 characters': `${'n'.repeat(50)}.`.repeat(5).slice(0, 254),
  'a kernel argument': 'a init=/bin/sh',
  newline: 'a\nssh_pwauth: true',
  quote: 'a"',
  'IPv6 address': '::1',
  umlaut: 'ä',
  null: null,
  number: 1,
}

const badPlans: Record<string, unknown> = {
  null: null,
  empty: {},
  text: 'small',
  array: [],
  'no processor': { vcpus: 0, memory: 64, storage: 1 },
  'a negative processor': { vcpus: -1, memory: 64, storage: 1 },
  'half a processor': { vcpus: 0.5, memory: 64, storage: 1 },
  'a thousand processors': { vcpus: 1000, memory: 64, storage: 1 },
  'too little memory': { vcpus: 1, memory: 1, storage: 1 },
  'memory as text': { vcpus: 1, memory: '64M', storage: 1 },
  'endless memory': { vcpus: 1, memory: 2 ** 60, storage: 1 },
  'no storage': { vcpus: 1, memory: 64, storage: 0 },
  'endless storage': { vcpus: 1, memory: 64, storage: 2 ** 40 },
  'an unknown key': { vcpus: 1, memory: 64, storage: 1, cpu: 'host' },
  prototype: { vcpus: 1, memory: 64, storage: 1, constructor: 1 },
}

const badNetworks: Record<string, unknown> = {
  empty: '',
  null: null,
  unknown: 'tap0',
  'no name': 'bridge:',
  'an option': 'bridge:br0,script=/tmp/x',
  'a path': 'bridge:../br0',
  'sixteen characters': `bridge:${'b'.repeat(16)}`,
  'upper case': 'USER',
  'a newline': 'bridge:br0\n',
  array: ['user'],
}

const badForwards: Record<string, unknown> = {
  null: null,
  text: '22',
  'no guest port': [{ host_port: 2222 }],
  'port 0': [{ guest_port: 0 }],
  'port 65536': [{ guest_port: 65_536 }],
  "one of the host's own": [{ guest_port: 22, host_port: 22 }],
  'an address': [{ guest_port: 22, host: '0.0.0.0' }],
  'the same twice': [
    { guest_port: 22, host_port: 22_222 },
    { guest_port: 80, host_port: 22_222 },
  ],
  'seventeen of them': Array(17).fill({ guest_port: 22 }),
}

const badCloudInit: Record<string, unknown> = {
  null: null,
  text: '#cloud-config',
  'no beginning': { user_data: 'packages: []' },
  'beginning late': { user_data: ' #cloud-config' },
  '16 KiB and more': { user_data: `#cloud-config\n${'#'.repeat(16 * 1024)}` },
  'a private key': { ssh_keys: ['-----BEGIN OPENSSH PRIVATE KEY-----'] },
  'a key with options': { ssh_keys: ['command="sh" ssh-ed25519 AAAA'] },
  'half a key': { ssh_keys: ['ssh-ed25519 AAAA'] },
  'a newline in a key': { ssh_keys: ['ssh-rsa AAAA\nuser: root'] },
  'an unknown key': { meta_data: 'instance-id: x' },
}

const badDisks: Record<string, unknown> = {
  null: null,
  object: {},
  'no size': [{}],
  'size 0': [{ size_gb: 0 }],
  'a negative size': [{ size_gb: -1 }],
  'endless size': [{ size_gb: 2 ** 40 }],
  'a path': [{ size_gb: 1, path: '/dev/sda' }],
  'eight of them': Array(8).fill({ size_gb: 1 }),
}

const badPrograms: Record<string, unknown> = {
  empty: '',
  NUL: '/bin/sh\0',
  '4,097 characters': '/'.repeat(4097),
  number: 7,
  null: null,
  array: ['/bin/sh', '-c', 'id'],
  object: { path: '/bin/sh' },
}

const badArguments: Record<string, unknown> = {
  text: '-c id',
  null: null,
  object: {},
  'a number in it': [1],
  'null in it': [null],
  'an array in it': [['-c']],
  'NUL in it': ['a\0b'],
  '1,001 of them': Array(1001).fill('a'),
}

const notYesOrNo: Record<string, unknown> = { text: 'true', number: 1, null: null, array: [true] }
const badIds: Record<string, unknown> = {
  zero: 0,
  negative: -1,
  fraction: 1.5,
  'past 2^53': 2 ** 53,
  text: 'one',
  null: null,
}

const of =
  (of: OwnField['of'], isNamed = true, allowed: readonly number[] = [400]) =>
  (field: string, values: Record<string, unknown>): OwnField[] =>
    Object.entries(values).map(([what, value]) => {
      return { where: 'own field', of, field, what, json: JSON.stringify(value), allowed, isNamed }
    })

const common = (make: ReturnType<typeof of>) => [
  ...make('name', badNames),
  ...make('hostname', badHostnames),
  ...make('network', badNetworks),
  ...make('forwards', badForwards),
  ...make('cloud_init', badCloudInit),
  ...make('autostart', notYesOrNo),
]
const unknown = (make: ReturnType<typeof of>, ...fields: string[]) =>
  fields.flatMap(field => make(field, { 'an unknown key': 'a' }))
const OTHERS = ['id', 'status', 'uuid', 'mac', 'kernel', 'constructor', 'toString', 'Name', 'account_id']

const [create, clone, change, exec] = [of('server'), of('clone'), of('change'), of('exec')]

/** Only the host can tell that they are wrong. */
const ofTheHost = (make: (isNamed: boolean, allowed?: readonly number[]) => ReturnType<typeof of>): OwnField[] => [
  ...make(false)('plan', { 'more memory than there is': { vcpus: 1, memory: 2 ** 40, storage: 1 } }),
  ...make(false)('network', { 'a bridge that is not there': 'bridge:corpus' }),
  ...make(false, [413])('cloud_init', { 'user data of 1 MB': { user_data: `#cloud-config\n${'#'.repeat(2 ** 20)}` } }),
]
const taken: OwnField[] = (['server', 'clone'] as const).map(of => ({
  where: 'own field',
  of,
  field: 'forwards',
  what: 'a port that is taken',
  json: '[{"guest_port":80,"host_port":{port}}]',
  allowed: [400],
  isNamed: false,
}))

export const serverEntries: readonly OwnField[] = [
  ...common(create),
  ...create('plan', badPlans),
  ...create('disks', badDisks),
  ...create('firmware', { unknown: 'coreboot', null: null, 'upper case': 'UEFI' }),
  ...create('location', { empty: '', newline: 'a\nb', null: null, '65 characters': 'n'.repeat(65) }),
  ...create('image_id', badIds),
  ...unknown(create, ...OTHERS, 'quarantine', 'snapshot_id', 'cloned_from'),
  ...of('server', false)('image_id', { 'an image that is not there': 2_147_483_647 }),
  ...ofTheHost((isNamed, allowed) => of('server', isNamed, allowed)),

  ...common(clone),
  ...clone('plan', { null: null, text: 'small', 'no processor': { vcpus: 0 }, 'an unknown key': { cpu: 1 } }),
  ...clone('quarantine', notYesOrNo),
  ...clone('snapshot_id', badIds),
  ...unknown(clone, ...OTHERS, 'image_id', 'disks', 'firmware', 'location'),
  ...of('clone', false, [404])('snapshot_id', { 'a snapshot that is not there': 2_147_483_647 }),
  ...ofTheHost((isNamed, allowed) => of('clone', isNamed, allowed)),
  ...taken,

  ...change('name', badNames),
  ...change('hostname', badHostnames),
  ...change('location', { empty: '', newline: 'a\nb', null: null }),
  ...change('autostart', notYesOrNo),
  ...change('quarantine', notYesOrNo),
  ...unknown(change, ...OTHERS, 'image_id', 'plan', 'disks', 'network', 'forwards', 'cloud_init'),

  ...exec('program', badPrograms),
  ...exec('arguments', badArguments),
  ...exec('timeout_seconds', { zero: 0, negative: -1, fraction: 0.5, endless: 2 ** 31, text: '60', null: null }),
  ...unknown(exec, ...OTHERS, 'path', 'arg', 'env', 'capture-output', 'input-data', 'user', 'shell'),
]

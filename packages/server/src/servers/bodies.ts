/** What can be sent to make, clone and change a server. Unknown keys are refused by name. */
import Type, { type TProperties } from 'typebox'
import { HOSTNAME, SERVER_NAME } from '../domain/servers.ts'
import { bodyId } from '../http/ids.ts'
import { SSH_KEYS_MAX, USER_DATA_MAX_BYTES } from './cloud-init.ts'

const MEMORY_MIN_MB = 64
const VCPUS_MAX = 64
const SIZE_MAX_GB = 16_384
const DISKS_MAX = 7
const FORWARDS_MAX = 16
/** Below, ports are the host's own. */
const HOST_PORT_MIN = 1024
const PORT_MAX = 65_535

const closed = <Properties extends TProperties>(properties: Properties, options: object = {}) =>
  Type.Object(properties, { additionalProperties: false, ...options })

function text(pattern: string, description: string, message: string) {
  return Type.Unsafe<string>({ type: 'string', pattern, description, 'x-message': message })
}

function integer(minimum: number, maximum: number | undefined, description: string) {
  const range = maximum === undefined ? `from ${minimum}` : `from ${minimum} to ${maximum}`
  return Type.Unsafe<number>({
    type: 'integer',
    minimum,
    maximum: maximum ?? Number.MAX_SAFE_INTEGER,
    description,
    'x-message': `${description.split(/[;.]/, 1)[0]}: must be an integer ${range}.`,
  })
}

function yesOrNo(description: string) {
  return Type.Boolean({ description, 'x-message': 'Must be true or false.' })
}

const name = text(
  SERVER_NAME,
  'Letters, digits, dots, hyphens and underscores, 1 to 255, a letter or digit first. Need not be unique.',
  'Must be 1 to 255 ASCII letters, digits, dots, hyphens and underscores, a letter or digit first.',
)
const hostname = text(
  HOSTNAME,
  "By RFC 1123. Default: the server's name made one.",
  'Must be a host name: labels of ASCII letters, digits and hyphens, 1 to 63 each, with dots between them.',
)
const location = text(
  '^[A-Za-z0-9][A-Za-z0-9 ._-]{0,63}$',
  'Where it is; a word of yours. Default: local.',
  'Must be 1 to 64 ASCII letters, digits, spaces, dots, hyphens and underscores, a letter or digit first.',
)

const plan = {
  name: Type.Optional(
    text('^[A-Za-z0-9][A-Za-z0-9 ._-]{0,63}$', 'A word of yours.', 'name: must be 1 to 64 ASCII letters and digits.'),
  ),
  vcpus: integer(1, VCPUS_MAX, 'vcpus; virtual processors'),
  memory: integer(MEMORY_MIN_MB, undefined, 'memory; in MB, no more than the host has'),
  storage: integer(1, SIZE_MAX_GB, 'storage; of the first disk in GB, no less than what it is made from'),
}

const network = text(
  '^(user|none|bridge:[A-Za-z0-9][A-Za-z0-9._-]{0,14})$',
  '`user` (default): behind the host. `bridge:NAME`: on a bridge of the host. `none`.',
  'Must be user, none or bridge:NAME.',
)
const forwards = Type.Array(
  closed({
    guest_port: integer(1, PORT_MAX, 'guest_port'),
    host_port: Type.Optional(
      integer(HOST_PORT_MIN, PORT_MAX, "host_port; on the host's loopback, default any free one"),
    ),
  }),
  {
    maxItems: FORWARDS_MAX,
    description: 'With the network `user`: ports of the host that lead into the server. Default: one to ssh.',
  },
)

const cloudInit = closed(
  {
    user_data: Type.Optional(
      Type.String({
        description: `As cloud-init takes it: #cloud-config, #! …; at most ${USER_DATA_MAX_BYTES} bytes.`,
      }),
    ),
    ssh_keys: Type.Optional(
      Type.Array(Type.String(), { maxItems: SSH_KEYS_MAX, description: 'Public keys, as ssh-keygen writes them.' }),
    ),
  },
  { description: 'For what cloud-init does at the first boot.' },
)
const autostart = yesOrNo('Runs again after a restart of the host, if it ran before. Default: true.')
const quarantine = yesOrNo('Its network cable is unplugged until you change that. Default: false.')

export const CreateServer = closed(
  {
    name,
    hostname: Type.Optional(hostname),
    location: Type.Optional(location),
    image_id: bodyId('The image that its first disk is made from.'),
    plan: closed(plan),
    disks: Type.Optional(
      Type.Array(closed({ size_gb: integer(1, SIZE_MAX_GB, 'size_gb') }), {
        maxItems: DISKS_MAX,
        description: 'More disks, empty ones.',
      }),
    ),
    firmware: Type.Optional(
      Type.Unsafe<'bios' | 'uefi'>({ type: 'string', enum: ['bios', 'uefi'], description: 'Default: bios.' }),
    ),
    network: Type.Optional(network),
    forwards: Type.Optional(forwards),
    cloud_init: Type.Optional(cloudInit),
    autostart: Type.Optional(autostart),
  },
  { examples: [{ name: 'web-server-02', image_id: 1, plan: { vcpus: 1, memory: 256, storage: 1 } }] },
)

export const CloneServer = closed(
  {
    snapshot_id: bodyId('What its disks begin with: a completed snapshot of this or another of your servers.'),
    name,
    hostname: Type.Optional(hostname),
    plan: Type.Optional(
      closed(
        {
          name: plan.name,
          vcpus: Type.Optional(plan.vcpus),
          memory: Type.Optional(plan.memory),
          storage: Type.Optional(plan.storage),
        },
        { description: 'What is left away is as in the server that is cloned; storage as in the snapshot.' },
      ),
    ),
    network: Type.Optional(network),
    forwards: Type.Optional({
      ...forwards,
      description: 'Default: the same guest ports as in the server that is cloned, each from a free port of the host.',
    }),
    cloud_init: Type.Optional({
      ...cloudInit,
      description: 'For what cloud-init does at the first boot of the clone. Nothing is taken over from its origin.',
    }),
    autostart: Type.Optional(autostart),
    quarantine: Type.Optional(quarantine),
  },
  { examples: [{ snapshot_id: 1, name: 'web-server-01-copy', quarantine: true }] },
)

export const ChangeServer = closed(
  {
    name: Type.Optional(name),
    hostname: Type.Optional(hostname),
    location: Type.Optional(location),
    autostart: Type.Optional(autostart),
    quarantine: Type.Optional(quarantine),
  },
  { examples: [{ name: 'web-server-01', location: 'rack-3', autostart: true }] },
)

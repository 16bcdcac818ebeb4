import Type, { type Static } from 'typebox'
import { IMAGE_NAME, type ImageStatus, imageStatuses } from '../domain/images.ts'
import { IntegerOrNull, StringOrNull, Time } from '../http/schemas.ts'

const formats = ['qcow2', 'raw'] as const
type Format = (typeof formats)[number]

interface ImageError {
  code: string
  title: string
  detail: string
  remedy: string
}

export const Image = Type.Object(
  {
    id: Type.Integer(),
    name: Type.String(),
    status: Type.Unsafe<ImageStatus>({
      type: 'string',
      enum: imageStatuses,
      description: 'Servers can be made from one that is `available`. A failed one stays listed for 24 hours.',
    }),
    os_name: Type.String(),
    cloud_init: Type.Boolean({ description: 'Whether cloud-init is in it, as the operator says.' }),
    format: Type.Unsafe<Format | null>({ type: ['string', 'null'], enum: [...formats, null] }),
    size_bytes: Type.Union([Type.Integer(), Type.Null()], {
      description: 'Of the disk in it; null for a failed one, as the format is.',
    }),
    linked: Type.Boolean({ description: 'Used where it lies, and not copied in.' }),
    created_at: Time,
    path: Type.Optional(
      Type.Unsafe<Static<typeof StringOrNull>>({
        ...StringOrNull,
        description: 'Of its file on the host; as the next two only for a token with `admin`.',
      }),
    ),
    operation_id: Type.Optional(IntegerOrNull),
    error: Type.Optional(
      Type.Unsafe<ImageError | null>({
        anyOf: [{ $ref: 'OperationError#' }, { type: 'null' }],
        description: 'Why its import failed.',
      }),
    ),
  },
  { $id: 'Image', description: 'What servers are made from. Belongs to the host; everybody sees the same.' },
)
export type Image = Static<typeof Image>

export const imageSchemas = [Image]

const OS_NAME_MAX = 100

export const ImportImage = Type.Object(
  {
    name: Type.Unsafe<string>({
      type: 'string',
      pattern: IMAGE_NAME,
      description: 'Letters, digits, dots, hyphens and underscores, 1 to 100. Need not be unique.',
      'x-message':
        'Must be 1 to 100 ASCII letters, digits, dots, hyphens and underscores, the first a letter or digit.',
    }),
    path: Type.Unsafe<string>({
      type: 'string',
      pattern: String.raw`^/[^\u0000-\u001f\u007f]+$`,
      description: 'Of a file on the host: absolute, without detours.',
      'x-message': pathMessage(),
    }),
    format: Type.Unsafe<Format>({
      type: 'string',
      enum: formats,
      description: 'It is never guessed: a raw disk may begin with anything.',
      'x-message': 'Must be qcow2 or raw.',
    }),
    os_name: Type.Optional(
      Type.Unsafe<string>({
        type: 'string',
        pattern: String.raw`^[^\u0000-\u001f\u007f]{1,${OS_NAME_MAX}}$`,
        description: 'For people; default: the name.',
        'x-message': `Must be a string of 1 to ${OS_NAME_MAX} characters, without control characters.`,
      }),
    ),
    cloud_init: Type.Optional(
      Type.Boolean({
        description: 'Whether cloud-init is in it (default: true).',
        'x-message': 'Must be true or false.',
      }),
    ),
  },
  {
    additionalProperties: false,
    examples: [{ name: 'debian-12', path: '/srv/images/debian-12.qcow2', format: 'qcow2' }],
  },
)

export function pathMessage(): string {
  return 'Must be the absolute path of a file on the host, at most 4095 bytes, without "//", ".", ".." and control characters.'
}

export const ImportQuery = Type.Object({
  link: Type.Optional(
    Type.Unsafe<'true' | 'false'>({
      type: 'string',
      enum: ['true', 'false'],
      description:
        '`true`: it is not copied but used where it lies, read-only. Whoever asks for that vouches that nobody changes or ' +
        'removes it as long as a server stands on it.',
    }),
  ),
})

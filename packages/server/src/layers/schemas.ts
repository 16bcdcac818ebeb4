import Type from 'typebox'
import type { LayerKind } from '../domain/layers.ts'
import { IntegerOrNull, StringOrNull } from '../http/schemas.ts'

const kinds = ['image', 'sealed', 'active', 'undo', 'garbage'] as const satisfies readonly LayerKind[]

export const Layer = Type.Object(
  {
    id: Type.Integer(),
    parent_id: IntegerOrNull,
    kind: Type.Unsafe<LayerKind>({ type: 'string', enum: kinds }),
    snapshots: Type.Array(Type.Object({ id: Type.Integer(), name: Type.String() }), {
      description: 'Those that name it.',
    }),
    servers: Type.Array(Type.Object({ id: Type.Integer(), name: Type.String() }), {
      description:
        'Other servers of the account that stand on it: clones and their origin; on an image, all that were made from it.',
    }),
    size_bytes: Type.Integer({ description: 'Virtual size.' }),
    allocated_bytes: Type.Integer({ description: "In the layer's own file." }),
    merge: Type.Union(
      [
        Type.Object({
          state: Type.Unsafe<'waiting' | 'running'>({ type: 'string', enum: ['waiting', 'running'] }),
          waits_for: StringOrNull,
          progress: Type.Number({ minimum: 0, maximum: 1 }),
          operation_id: IntegerOrNull,
        }),
        Type.Null(),
      ],
      { description: 'For garbage: what becomes of it.' },
    ),
    path: Type.Optional(Type.String({ description: 'On the host; only for a token with `admin`.' })),
  },
  { $id: 'Layer', description: 'One image in the tree of which disks, snapshots and undo points are made.' },
)

export const layerSchemas = [Layer]

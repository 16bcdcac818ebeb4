import Type, { type Static } from 'typebox'
import { IntegerOrNull, refer, Time, TimeOrNull } from '../../http/schemas.ts'
import { OperationError } from '../../operations/schemas.ts'

export const executionStatuses = ['running', 'exited', 'failed', 'unknown'] as const
export type ExecutionStatus = (typeof executionStatuses)[number]

const ARGUMENTS_MAX = 1_000
export const TIMEOUT_DEFAULT = 60
const TIMEOUT_MAX = 86_400

/** A NUL would end it early. */
const TEXT = '^[^\\u0000]*$'

export const Exec = Type.Object(
  {
    program: Type.Unsafe<string>({
      type: 'string',
      pattern: '^[^\\u0000]{1,4096}$',
      description: 'Its path in the server, or its name, if the agent finds it. Not a line for a shell.',
      'x-message': 'Must be the path of a program: 1 to 4,096 characters, without NUL.',
    }),
    arguments: Type.Optional(
      Type.Unsafe<string[]>({
        type: 'array',
        items: { type: 'string', pattern: TEXT },
        maxItems: ARGUMENTS_MAX,
        description: 'Each as it is: nothing is split, and nothing put in its place. Default: none.',
        'x-message': `Must be a list of at most ${ARGUMENTS_MAX} texts without NUL.`,
      }),
    ),
    timeout_seconds: Type.Optional(
      Type.Unsafe<number>({
        type: 'integer',
        minimum: 1,
        maximum: TIMEOUT_MAX,
        description: `It is ended if it takes longer. Default: ${TIMEOUT_DEFAULT}.`,
        'x-message': `Must be an integer from 1 to ${TIMEOUT_MAX}.`,
      }),
    ),
  },
  { additionalProperties: false, examples: [{ program: '/bin/uname', arguments: ['-r'] }] },
)

export const Execution = Type.Object(
  {
    id: Type.Integer({ description: 'Random.' }),
    server_id: Type.Integer(),
    status: Type.Unsafe<ExecutionStatus>({
      type: 'string',
      enum: executionStatuses,
      description:
        '`exited`: it ran to its end, whatever came of it. `failed`: it was not started, or was ended because it took too ' +
        'long. `unknown`: nobody can say how it ended, or whether it has.',
    }),
    exit_code: Type.Union([Type.Integer(), Type.Null()], { description: 'Null, too, where a signal ended it.' }),
    signal: IntegerOrNull,
    stdout: Type.String({ description: 'What it printed: the last 64 KiB, once it has ended.' }),
    stderr: Type.String({ description: 'The same of its standard error.' }),
    truncated: Type.Boolean({ description: 'It has printed more than that.' }),
    error: Type.Union([refer(OperationError), Type.Null()]),
    started_at: Time,
    ended_at: TimeOrNull,
  },
  { $id: 'Execution', description: 'A program that was run in a server. Told until 15 minutes after its end.' },
)
export type Execution = Static<typeof Execution>

export const executionSchemas = [Execution]

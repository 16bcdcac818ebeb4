/**
 * `?dry_run=true` on a POST or DELETE: what it would do, and everything that stands in its way, without doing it. The
 * request is judged by its own code in its own transaction, which is then taken back: there is no second set of rules
 * that could say something else.
 */
import type { FastifyReply, FastifyRequest } from 'fastify'
import Type, { type Static } from 'typebox'
import { type Db, inTransaction, type Trx } from '../db/database.ts'
import type { Driver } from '../drivers/driver.ts'
import { catalogue, type ErrorCode, Failure } from '../errors.ts'
import { type FreesPlan, measureFrees, planFrees, type Removal } from '../layers/frees.ts'
import { measured } from '../operations/estimate.ts'
import { beginRehearsal } from '../operations/refuse.ts'
import { IntegerOrNull, NumberOrNull, refer } from './schemas.ts'

export const dryRunQuery = {
  dry_run: Type.Optional(
    Type.Unsafe<'true' | 'false'>({
      type: 'string',
      enum: ['true', 'false'],
      description: '`true`: nothing is done. The answer is 200 and says what would be, and what stands in the way.',
    }),
  ),
}

const Reader = Type.Object({ id: Type.Integer(), name: Type.String() })

export const DryRun = Type.Object(
  {
    dry_run: Type.Literal(true),
    possible: Type.Boolean({ description: 'Whether it would be accepted now.' }),
    blockers: Type.Array(
      Type.Object({
        code: Type.Unsafe<ErrorCode>({ type: 'string', description: 'As in a problem.' }),
        title: Type.String(),
        detail: Type.String({ description: 'What stands in the way.' }),
        remedy: Type.String({ description: 'What can be done about it.' }),
      }),
    ),
    estimate: Type.Object({
      seconds: Type.Unsafe<number | null>({
        ...NumberOrNull,
        description:
          'Median of what it took on this host so far; 0 where it is done when it is answered; null without history.',
      }),
      based_on: Type.Integer({ description: 'Of how many that is the median.' }),
      bytes: Type.Unsafe<number | null>({
        ...IntegerOrNull,
        description: 'What it would write, or keep from going; null where a blocker leaves that open.',
      }),
    }),
    frees: Type.Union(
      [
        Type.Object({
          bytes: Type.Integer({ description: 'In layers that nothing else reads: all of them go.' }),
          merge_bytes: Type.Integer({
            description:
              'And so many more at most: what the layer above has written over goes when the two are merged.',
          }),
          more: Type.Array(
            Type.Object({ bytes: Type.Integer(), servers: Type.Array(Reader), snapshots: Type.Array(Reader) }),
            { description: 'So many bytes more when all that are named are deleted, too. Fewest names first.' },
          ),
        }),
        Type.Null(),
      ],
      { description: 'Of a snapshot, server or image that would be deleted.' },
    ),
  },
  { $id: 'DryRun', description: 'What a request would do.' },
)
export type DryRun = Static<typeof DryRun>

/** What is known beforehand, beside what the request itself says. */
export interface Foresight {
  /** What it would write, or keep from going. */
  bytes?(): Promise<number>
  readonly removal?: Removal
}

/** @throws Failure `invalid_request` for what is neither yes nor no. */
export function isDryRun(request: FastifyRequest): boolean {
  const query = (request.query ?? {}) as Record<string, unknown>
  // Whoever misspells it means to change nothing.
  const name = Object.keys(query).find(key => /^dry[-_ ]?run$/i.test(key))
  if (name === undefined) return false
  const asked = query['dry_run']
  if (name === 'dry_run' && asked === 'true') return true
  if (name === 'dry_run' && asked === 'false') return false
  const message = name === 'dry_run' ? 'Must be true or false.' : `Is spelt like this, not "${name}".`
  throw new Failure('invalid_request', '"dry_run" is not valid.', { fields: { dry_run: [message] } })
}

interface Deps {
  readonly db: Db
  readonly driver: Driver
}

export async function answerDryRun<Body>(
  { db, driver }: Deps,
  reply: FastifyReply,
  effect: (trx: Trx) => Promise<{ readonly operationId?: number | null } | undefined>,
  foresight: Foresight,
): Promise<Body> {
  const { blockers, isWhole, estimate, frees } = await rehearse(db, effect, foresight.removal)
  const told: DryRun = {
    dry_run: true,
    possible: blockers.length === 0,
    blockers: blockers.map(toBlocker),
    estimate: { ...estimate, bytes: isWhole ? ((await foresight.bytes?.()) ?? 0) : null },
    frees: frees ? await toFrees(driver, frees) : null,
  }
  // As text: the schema of this status is that of what is done in earnest.
  reply.code(200).type('application/json; charset=utf-8')
  return JSON.stringify(told) as Body
}

interface Rehearsed {
  readonly blockers: readonly Failure[]
  /** It came to its end: no blocker was one that nothing can go on without. */
  readonly isWhole: boolean
  readonly estimate: { readonly seconds: number | null; readonly based_on: number }
  readonly frees: FreesPlan | undefined
}

/** Carries what was found out of the transaction that it takes back. */
class TakenBack extends Error {
  readonly rehearsed: Rehearsed

  constructor(rehearsed: Rehearsed) {
    super('taken back')
    this.rehearsed = rehearsed
  }
}

async function rehearse(
  db: Db,
  effect: (trx: Trx) => Promise<{ readonly operationId?: number | null } | undefined>,
  removal: Removal | undefined,
): Promise<Rehearsed> {
  try {
    return await inTransaction(db, async trx => {
      // Before: afterwards it is gone.
      const frees = removal && (await planFrees(trx, removal))
      const refusals = beginRehearsal(trx)
      let last: Failure | undefined
      let operationId: number | null | undefined
      try {
        operationId = (await effect(trx))?.operationId
      } catch (error) {
        if (!isBlocker(error)) throw error
        last = error
      }
      const blockers = last ? [...refusals, last] : [...refusals]
      const estimate = last ? unknown : await estimateOf(trx, operationId)
      throw new TakenBack({ blockers, isWhole: !last, estimate, frees })
    })
  } catch (error) {
    if (error instanceof TakenBack) return error.rehearsed
    throw error
  }
}

/** A state in the way; not a request that makes no sense, nor one about what is not there. */
function isBlocker(error: unknown): error is Failure {
  return error instanceof Failure && error.status === 400 && error.code !== 'invalid_request'
}

const unknown = { seconds: null, based_on: 0 } as const

async function estimateOf(trx: Trx, operationId: number | null | undefined): Promise<Rehearsed['estimate']> {
  if (operationId === null || operationId === undefined) return { seconds: 0, based_on: 0 }
  const { kind } = await trx
    .selectFrom('operations')
    .select('kind')
    .where('id', '=', operationId)
    .executeTakeFirstOrThrow()
  const known = await measured(trx, kind)
  return known ? { seconds: known.medianMs / 1000, based_on: known.count } : unknown
}

function toBlocker(failure: Failure): DryRun['blockers'][number] {
  const { title, remedy } = catalogue[failure.code]
  return { code: failure.code, title, detail: failure.message, remedy }
}

async function toFrees(driver: Driver, plan: FreesPlan): Promise<NonNullable<DryRun['frees']>> {
  const { bytes, merge_bytes, more } = await measureFrees(driver, plan)
  const copied = more.map(one => ({ bytes: one.bytes, servers: [...one.servers], snapshots: [...one.snapshots] }))
  return { bytes, merge_bytes, more: copied }
}

/** For the OpenAPI document: 200 beside what is answered in earnest, or as another shape of it. */
export function withDryRun(method: string, response: Record<string, unknown>): Record<string, unknown> {
  if (method !== 'POST' && method !== 'DELETE') return response
  const said = 'With `dry_run=true`: what it would do.'
  const earnest = response['200'] as { description?: string; $ref?: string } | undefined
  const dry = refer(DryRun)
  if (!earnest) return { ...response, 200: { description: said, ...dry } }
  const { description, $ref, ...rest } = earnest
  return { ...response, 200: { ...rest, description: `${description} ${said}`, anyOf: [{ $ref }, dry] } }
}

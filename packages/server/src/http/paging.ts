/** Paging is opt-in: without `limit` and `offset` a list comes whole, and `count` is the total in either case. */
import type { FastifyReply, FastifyRequest } from 'fastify'
import type { SelectQueryBuilder } from 'kysely'
import Type, { type TSchema } from 'typebox'
import { Failure } from '../errors.ts'

export const LIMIT_MAX = 1000

const LIMIT_MESSAGE = `Must be an integer from 1 to ${LIMIT_MAX}.`
const OFFSET_MESSAGE = 'Must be an integer from 0.'

/** An integer in a query; its range still has to be looked at. */
function integer(message: string, documented: { description: string; minimum: number; maximum?: number }) {
  return Type.Optional(
    Type.Unsafe<string>({
      type: 'string',
      pattern: '^[0-9]{1,16}$',
      'x-message': message,
      'x-documented': { type: 'integer', ...documented },
    }),
  )
}

export const pageQuery = {
  limit: integer(LIMIT_MESSAGE, {
    minimum: 1,
    maximum: LIMIT_MAX,
    description: 'At most this many; without it all. The Link header names the next page.',
  }),
  offset: integer(OFFSET_MESSAGE, { minimum: 0, description: 'Skip this many.' }),
}

export interface Page {
  readonly limit: number | null
  readonly offset: number
}

/** Undefined: everything. @throws Failure `invalid_request` */
export function pageOf(query: { limit?: string | undefined; offset?: string | undefined }): Page | undefined {
  if (query.limit === undefined && query.offset === undefined) return undefined
  const limit = query.limit === undefined ? null : Number(query.limit)
  const offset = Number(query.offset ?? 0)
  if (limit !== null && (limit < 1 || limit > LIMIT_MAX)) throw refused('limit', LIMIT_MESSAGE)
  if (!Number.isSafeInteger(offset)) throw refused('offset', OFFSET_MESSAGE)
  return { limit, offset }
}

export interface List<Row> {
  readonly count: number
  readonly rows: readonly Row[]
}

/** The page of a query's rows, and how many there are in all; sets the Link header. */
export async function listPage<DB, TB extends keyof DB, Row>(
  query: SelectQueryBuilder<DB, TB, Row>,
  page: Page | undefined,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<List<Row>> {
  if (!page) {
    const rows = await query.execute()
    return { count: rows.length, rows }
  }
  const total = await query
    .clearSelect()
    .clearOrderBy()
    .select(eb => eb.fn.countAll<number>().as('count'))
    .executeTakeFirstOrThrow()
  const count = Number((total as { count: number }).count)
  // SQLite knows no OFFSET without a LIMIT.
  const rows = await query
    .limit(page.limit ?? Number.MAX_SAFE_INTEGER)
    .offset(page.offset)
    .execute()
  const link = linkHeader(request.url, page, count)
  if (link !== '') reply.header('link', link)
  return { count, rows }
}

export function linkHeader(url: string, { limit, offset }: Page, count: number): string {
  if (limit === null) return ''
  const links: string[] = []
  const link = (rel: string, at: number) => {
    const [path, query] = url.split('?', 2)
    const parameters = new URLSearchParams(query)
    parameters.set('limit', String(limit))
    parameters.set('offset', String(at))
    links.push(`<${path}?${parameters}>; rel="${rel}"`)
  }
  if (offset + limit < count) link('next', offset + limit)
  if (offset > 0) link('prev', Math.max(0, offset - limit))
  return links.join(', ')
}

export function listOf<Item extends TSchema>(item: Item) {
  return Type.Object({ count: Type.Integer({ description: 'How many there are in all.' }), results: Type.Array(item) })
}

function refused(field: string, message: string): Failure {
  return new Failure('invalid_request', `"${field}" is not valid.`, { fields: { [field]: [message] } })
}

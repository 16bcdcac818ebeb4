/** What a failed request answers: RFC 9457 problem details, the same shape everywhere. */
import type { FastifyReply } from 'fastify'
import Type from 'typebox'
import { catalogue, type ErrorCode, type Failure } from '../errors.ts'

export const PROBLEM_TYPE = 'application/problem+json'

export const Problem = Type.Object(
  {
    type: Type.String({ description: 'urn:restpoint:error:<code>; stable.' }),
    title: Type.String({ description: 'The same for every failure with this code.' }),
    status: Type.Integer(),
    detail: Type.String({ description: 'What happened and what can be done about it, for people.' }),
    code: Type.Unsafe<ErrorCode>({
      type: 'string',
      enum: Object.keys(catalogue),
      description: 'What to branch on; stable.',
    }),
    errors: Type.Optional(
      Type.Record(Type.String(), Type.Array(Type.String()), { description: 'Field → what is wrong with it.' }),
    ),
    operation_id: Type.Optional(Type.Integer({ description: 'The operation that is in the way.' })),
  },
  { $id: 'Problem', description: 'What went wrong, as RFC 9457 has it.' },
)
export type Problem = Type.Static<typeof Problem>

/** `status` differs from the catalogue's only where HTTP itself has a more exact one (408, 431). */
export function problemOf(failure: Failure, status = failure.status): Problem {
  const { fields, operationId } = failure.facts
  // Somebody else's, deleted, never existed and not even an id: nobody can tell them apart.
  const happened = failure.code === 'not_found' ? 'There is nothing here that your token can see.' : failure.message
  return {
    type: `urn:restpoint:error:${failure.code}`,
    title: catalogue[failure.code].title,
    status,
    detail: `${sentence(happened)} ${failure.remedy}`,
    code: failure.code,
    ...(fields ? { errors: fields } : {}),
    ...(operationId !== undefined ? { operation_id: operationId } : {}),
  }
}

export function sendFailure(reply: FastifyReply, failure: Failure, status = failure.status): FastifyReply {
  const { operationId, retryAfter } = failure.facts
  if (failure.code === 'unauthenticated') reply.header('www-authenticate', 'Bearer')
  if (operationId !== undefined) reply.header('operation-id', String(operationId))
  if (retryAfter !== undefined) reply.header('retry-after', String(Math.max(1, Math.ceil(retryAfter))))
  return sendProblem(reply, problemOf(failure, status))
}

/** As text, so that it looks the same whatever schema the route has for this status. */
export function sendProblem(reply: FastifyReply, problem: Problem): FastifyReply {
  return reply.code(problem.status).type(PROBLEM_TYPE).send(JSON.stringify(problem))
}

function sentence(text: string): string {
  return /[.!?]$/.test(text) ? text : `${text}.`
}

/** Turns whatever was thrown into a problem. What is not expected is logged and told to nobody. */
import type { FastifyError, FastifyReply, FastifyRequest } from 'fastify'
import { type ErrorCode, Failure } from '../errors.ts'
import { sendFailure } from './problem.ts'
import { fieldErrors } from './validation.ts'

/** Fastify's own codes that are the client's doing. */
const frameworkCodes: Record<string, ErrorCode> = {
  FST_ERR_CTP_INVALID_MEDIA_TYPE: 'unsupported_media_type',
  FST_ERR_CTP_BODY_TOO_LARGE: 'body_too_large',
  FST_ERR_BAD_URL: 'invalid_request',
  FST_ERR_MAX_PARAM_LENGTH: 'not_found',
  FST_ERR_NOT_FOUND: 'not_found',
  ECONNRESET: 'invalid_request',
}

export function failureOf(error: unknown): Failure | undefined {
  if (error instanceof Failure) return error
  const { code, validation, validationContext, statusCode } = error as Partial<FastifyError>
  if (validation) {
    const fields = fieldErrors(validation, validationContext ?? 'body')
    return new Failure('invalid_request', summary(fields), { fields })
  }
  const known = code === undefined ? undefined : frameworkCodes[code]
  if (known) return new Failure(known, 'The request cannot be read as it is')
  if (statusCode !== undefined && statusCode >= 400 && statusCode < 500) {
    return new Failure('invalid_request', 'The request cannot be read as it is')
  }
  return undefined
}

export function handleError(error: FastifyError, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  // The framework closes the connection after a body it did not like; the rest of such a body is read and dropped.
  if (reply.hasHeader('connection')) reply.removeHeader('connection')
  const failure = failureOf(error)
  if (failure) {
    if (failure.status >= 500) request.log.error({ err: error }, 'request failed')
    return sendFailure(reply, failure)
  }
  request.log.error({ err: error }, 'request failed')
  return sendFailure(reply, new Failure('internal_error', `Request ${request.id} failed`))
}

function summary(fields: Record<string, string[]>): string {
  const names = Object.keys(fields).map(name => `"${name}"`)
  return `The request is not valid: see ${names.join(', ')}.`
}

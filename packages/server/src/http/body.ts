/**
 * Reads a request's body. Clients of this API send `Content-Type: application/json` on everything, also where there is
 * no body, so an empty body is no body whatever its type is called.
 */
import type { FastifyRequest } from 'fastify'
import { Failure } from '../errors.ts'
import type { App } from './deps.ts'
import { BadJson, parseJson } from './json.ts'

export const BODY_LIMIT = 64 * 1024

export function addBodyParser(app: App): void {
  app.removeAllContentTypeParsers()
  app.addContentTypeParser('*', (request, payload, done) => {
    const chunks: Buffer[] = []
    let size = 0
    const stop = () => {
      payload.off('data', onData).off('end', onEnd).off('error', onError)
    }
    const onData = (chunk: Buffer) => {
      size += chunk.length
      if (size <= BODY_LIMIT) {
        chunks.push(chunk)
        return
      }
      stop()
      // The stream flows on and what is still under way is dropped, so that the client gets to read the answer: a
      // connection closed with unread data in it is reset, and the answer lost. The request timeout bounds it.
      done(new Failure('body_too_large', `The body is larger than ${BODY_LIMIT} bytes`))
    }
    const onEnd = () => {
      stop()
      try {
        done(null, size === 0 ? undefined : parse(request, Buffer.concat(chunks)))
      } catch (error) {
        done(error as Error)
      }
    }
    const onError = (error: Error) => {
      stop()
      done(error)
    }
    payload.on('data', onData).on('end', onEnd).on('error', onError)
  })
}

/** Without a body every field is missing, which says more than that the body is. A body of `null` is one, and is wrong. */
export async function bodyOrNothing(request: FastifyRequest): Promise<void> {
  if (request.body === undefined) request.body = {}
}

function parse(request: FastifyRequest, bytes: Buffer): unknown {
  if (!isJson(request.headers['content-type'])) {
    throw new Failure('unsupported_media_type', 'The body is not declared as JSON in UTF-8')
  }
  if ((request.headers['content-encoding'] ?? 'identity').toLowerCase() !== 'identity') {
    throw new Failure('unsupported_media_type', 'The body is compressed')
  }
  try {
    return parseJson(bytes)
  } catch (error) {
    if (!(error instanceof BadJson)) throw error
    throw new Failure('invalid_request', error.message, { fields: { body: [error.message] } })
  }
}

function isJson(contentType: string | undefined): boolean {
  const [media, ...parameters] = (contentType ?? '').split(';').map(part => part.trim().toLowerCase())
  const charset = parameters.find(part => part.startsWith('charset='))?.slice('charset='.length)
  return media === 'application/json' && (charset === undefined || /^"?utf-?8"?$/.test(charset))
}

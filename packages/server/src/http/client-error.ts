/** What Node cannot even read as a request: answered by hand, on the bare socket. */
import { STATUS_CODES } from 'node:http'
import type { Socket } from 'node:net'
import { Failure } from '../errors.ts'
import { PROBLEM_TYPE, problemOf } from './problem.ts'

const answers: Record<string, readonly [status: number, detail: string]> = {
  HPE_HEADER_OVERFLOW: [431, 'The headers are larger than 16 KiB'],
  ERR_HTTP_REQUEST_TIMEOUT: [408, 'The request took too long to arrive'],
}

const LINGER_MS = 1000

/** Node reports every further piece of what it could not read. */
const answered = new WeakSet<Socket>()

export function answerClientError(error: Error & { code?: string }, socket: Socket): void {
  if (answered.has(socket)) return
  if (error.code === 'ECONNRESET' || !socket.writable) {
    socket.destroy()
    return
  }
  const [status, detail] = answers[error.code ?? ''] ?? [400, 'This is not an HTTP request']
  const body = JSON.stringify(problemOf(new Failure('invalid_request', detail), status))
  const head = [
    `HTTP/1.1 ${status} ${STATUS_CODES[status]}`,
    `Content-Type: ${PROBLEM_TYPE}`,
    `Content-Length: ${Buffer.byteLength(body)}`,
    'Cache-Control: no-store',
    'X-Content-Type-Options: nosniff',
    'Connection: close',
  ]
  answered.add(socket)
  socket.end(`${head.join('\r\n')}\r\n\r\n${body}`)
  // A socket that is closed with unread data in it is reset, and the answer lost: it is read on for a moment.
  const timer = setTimeout(() => socket.destroy(), LINGER_MS)
  socket.once('close', () => clearTimeout(timer))
  socket.once('end', () => socket.destroySoon())
}

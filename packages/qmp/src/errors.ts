/** The peer answered a command with an error. Branch on `errorClass`; the message is for people. */
export class QmpError extends Error {
  override readonly name = 'QmpError'
  readonly command: string
  /** e.g. `GenericError`, `CommandNotFound`, `DeviceNotFound`. */
  readonly errorClass: string

  constructor(command: string, errorClass: string, message: string) {
    super(message)
    this.command = command
    this.errorClass = errorClass
  }
}

/**
 * Why a connection is no more: `unreachable` it never stood (see `errno`); `ended` the peer left or the socket broke;
 * `closed` we closed it; `garbage` the peer broke the protocol; `too_large` it sent more than we take.
 */
export type CloseReason = 'unreachable' | 'ended' | 'closed' | 'garbage' | 'too_large'

/** The connection ended, or never stood. Whether a command that was under way took effect is unknown. */
export class ConnectionClosed extends Error {
  override readonly name = 'ConnectionClosed'
  readonly path: string
  readonly reason: CloseReason
  /** The system's code, e.g. `ENOENT` or `ECONNREFUSED`, where it gave one. */
  readonly errno: string | null

  constructor(path: string, reason: CloseReason, errno: string | null = null) {
    super(`connection to ${path}: ${reason}${errno === null ? '' : ` (${errno})`}`)
    this.path = path
    this.reason = reason
    this.errno = errno
  }
}

/** No answer in time. The command may still run, and take effect, later. */
export class Timeout extends Error {
  override readonly name = 'Timeout'
  /** The command, or `connect`. */
  readonly command: string
  readonly timeoutMs: number

  constructor(command: string, timeoutMs: number) {
    super(`${command}: no answer within ${timeoutMs} ms`)
    this.command = command
    this.timeoutMs = timeoutMs
  }
}

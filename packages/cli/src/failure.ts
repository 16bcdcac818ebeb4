/** What went wrong: what to say about it, and the exit code. Never a stack, never a token. */
import type { ErrorCode, OperationFailedError, RestpointError } from '@restpoint/sdk/source'
import { type Ending, endingOf } from './exit-codes.ts'
import { cleaned } from './terminal/clean.ts'

/** What the command line itself has to say. All else is the SDK's. */
export class CliError extends Error {
  override readonly name = 'CliError'
  readonly ending: Ending
  /** What can be done about it. */
  readonly remedy: string

  constructor(ending: Ending, message: string, remedy: string) {
    super(message)
    this.ending = ending
    this.remedy = remedy
  }
}

export interface Explained {
  readonly ending: Ending
  readonly what: string
  readonly remedy: string
}

/** Where the API's own remedy speaks of requests and this one of commands. */
const remedies: Partial<Record<ErrorCode, string>> = {
  unauthenticated: 'Run "restpoint login", or set RESTPOINT_TOKEN to a token that is neither expired nor revoked.',
  not_found: 'List what your token can see: "restpoint server list", "restpoint snapshot list" and so on.',
  server_has_snapshots: 'Delete its snapshots first, or say --with-snapshots.',
  account_has_servers: 'Delete its servers first; with --account an administrator can.',
  server_busy: 'Wait for the operation in the way: "restpoint operation list" shows it.',
}

export function explain(error: unknown): Explained {
  const { ending, what, remedy } = cleaned(explained(error))
  return { ending, what: oneLine(what), remedy: oneLine(remedy) }
}

function explained(error: unknown): Explained {
  // By name: the SDK is loaded only where it is needed.
  const { name, message } = error as Error
  switch (name) {
    case 'CliError': {
      const { ending, remedy } = error as CliError
      return { ending, what: message, remedy }
    }
    case 'RestpointError':
      return refusal(error as RestpointError)
    case 'OperationFailedError': {
      const { title, detail, remedy } = error as OperationFailedError
      return { ending: 'failed', what: title === detail ? title : `${title}: ${detail}`, remedy }
    }
    case 'NetworkError':
    case 'TimeoutError':
      return {
        ending: 'unreachable',
        what: `The service cannot be reached. ${message}`,
        remedy: 'Look whether the service runs ("restpoint serve" starts one) and whether the URL is right.',
      }
    case 'UnexpectedReplyError':
      return {
        ending: 'unreachable',
        what: message,
        remedy: 'Check the URL; where it is right, look at what is between here and the service.',
      }
    default:
      return { ending: 'failed', what: `A defect of ours: ${message ?? error}`, remedy: 'Report it, please.' }
  }
}

function refusal({ code, title, detail, errors }: RestpointError): Explained {
  const ending = endingOf[code] ?? 'failed'
  const fields = Object.entries(errors).map(([field, messages]) => `${field}: ${messages.join(', ')}`)
  if (fields.length > 0)
    return { ending, what: `${title}: ${fields.join('; ')}`, remedy: 'See the command with --help.' }
  return { ending, what: title, remedy: remedies[code] ?? detail }
}

function oneLine(text: string): string {
  return text.replaceAll(/\s+/g, ' ').trim()
}

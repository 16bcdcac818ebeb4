/** What the package offers. */
export type * from './api.ts'
export type { EachOptions } from './each.ts'
export {
  type ErrorCode,
  NetworkError,
  OperationFailedError,
  RestpointError,
  TimeoutError,
  UnexpectedReplyError,
} from './errors.ts'
export type { ChangeEvent, EventsOptions, ResetEvent, WatchedEvent } from './events.ts'
export type { Body, CallName, Deleted, Options, Reply, RestpointOptions, Started } from './options.ts'
export { Restpoint } from './restpoint.ts'
export type { Terminal, TerminalData, TerminalOptions, TerminalState } from './terminal.ts'
export type { WaitOptions, WhichOperation } from './wait-for.ts'

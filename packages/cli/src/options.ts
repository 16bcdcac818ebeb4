/** Options that more than one command has, and how their values are read. */
import { InvalidArgumentError } from 'commander'
import type { OptionSpec } from './command.ts'

export function wholeNumber(text: string): number {
  if (!/^\d{1,15}$/.test(text)) throw new InvalidArgumentError('It must be a whole number.')
  return Number(text)
}

export function seconds(text: string): number {
  const value = wholeNumber(text)
  if (value < 1) throw new InvalidArgumentError('It must be 1 or more.')
  return value
}

export interface Waiting {
  readonly wait: boolean
  readonly timeout?: number | undefined
}

export const waitingOptions: Readonly<Record<string, OptionSpec>> = {
  '--no-wait': 'answer with the operation as soon as it has begun',
  '--timeout <seconds>': { what: 'wait no longer than this', parse: seconds },
}

export interface Rehearsing {
  readonly dryRun?: boolean
}

export const dryRunOption: Readonly<Record<string, OptionSpec>> = {
  '--dry-run': 'do nothing: say what would be, and what stands in the way',
}

/** To find a snapshot by its name where several servers have one of it. */
export const ofServerOption: Readonly<Record<string, OptionSpec>> = {
  '--server <server>': 'the server that the snapshot is of, by name or id',
}

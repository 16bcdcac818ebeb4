/** What a command is: data that help, completion and the README's test read, and what it does. */
import type { Context } from './context.ts'

export interface CommandSpec<Given = unknown> {
  /** What it does, for the list of commands: small letter, no full stop. */
  readonly summary: string
  /** What there is to know beyond that; whole sentences. */
  readonly more?: string
  /** `<server>`: needed; `[account]`: may be left away. → what it is. */
  readonly arguments?: Readonly<Record<string, ArgumentSpec>>
  /** By how it is written: `--name <name>`. */
  readonly options?: Readonly<Record<string, OptionSpec>>
  /** A line to paste. */
  readonly example: string
  /** `given`: arguments and options by their names, in camel case. @returns the exit code where it is not 0. */
  run(context: Context, given: Given): Promise<number | undefined>
}

/** A text alone is `what`. */
export type ArgumentSpec = string | Pick<ValueSpec, 'what' | 'choices' | 'parse'>
export type OptionSpec = string | ValueSpec

export interface ValueSpec {
  readonly what: string
  readonly choices?: readonly string[]
  /** @throws InvalidArgumentError */
  readonly parse?: (text: string) => unknown
  /** May be given more than once; the values are a list then. */
  readonly isList?: boolean
  readonly isNeeded?: boolean
}

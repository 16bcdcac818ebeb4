/** The commands as a commander program. A command's file is loaded when it is about to be parsed. */
import { Argument, Command, Option } from 'commander'
import pack from '../package.json' with { type: 'json' }
import type { ArgumentSpec, CommandSpec, OptionSpec, ValueSpec } from './command.ts'
import { commands, type Group, type Load } from './commands.ts'
import type { Common } from './settings.ts'

/** What every command has. */
export const commonOptions: Readonly<Record<string, OptionSpec>> = {
  '--json': 'answer with the bodies of the API as JSON, and nothing else',
  '--url <url>': 'where the service is (else RESTPOINT_URL, else what "restpoint login" has saved)',
  '--token-file <file>': 'a file with the token (else RESTPOINT_TOKEN, else what "restpoint login" has saved)',
  '--account <account>': 'for administrators: whose things are meant, by email or id',
}

/** Runs a command that was parsed. */
export type Act = (spec: CommandSpec, given: Record<string, unknown>, common: Common) => Promise<void>

export interface ProgramOptions {
  /** Load every command's file at once: for help, completion and tests. */
  readonly isWhole: boolean
  readonly act: Act
}

export async function buildProgram({ isWhole, act }: ProgramOptions): Promise<Command> {
  const root = new Command('restpoint')
    .description('Restore points for virtual servers: snapshots, restores and clones of whole QEMU guests.')
    .version(pack.version, '--version', 'say which version this is')
    .helpOption('-h, --help', 'say how it is used')
    .helpCommand('help [command]', 'say how a command is used')
    .configureHelp({ showGlobalOptions: true })
    // What goes wrong is told in one place: run.ts.
    .configureOutput({ writeErr: () => {} })
    .exitOverride()
  addOptions(root, commonOptions)
  const loads = new Map<Command, Load>()
  const fill = async (command: Command) => {
    const load = loads.get(command)
    if (!load) return
    loads.delete(command)
    describe(command, (await load()).command, act)
  }
  const add = (parent: Command, name: string, load: Load) => {
    loads.set(parent.command(name), load)
  }
  root.hook('preSubcommand', (_, command) => fill(command))
  for (const [name, entry] of Object.entries(commands)) {
    if (!isGroup(entry)) {
      add(root, name, entry)
      continue
    }
    const group = root.command(name).description(entry.summary).helpCommand(false)
    group.hook('preSubcommand', (_, command) => fill(command))
    for (const [verb, load] of Object.entries(entry.commands)) add(group, verb, load)
  }
  if (isWhole) for (const command of [...loads.keys()]) await fill(command)
  return root
}

export function isGroup(entry: Load | Group): entry is Group {
  return typeof entry !== 'function'
}

function describe(command: Command, spec: CommandSpec, act: Act): void {
  const sentence = `${spec.summary[0]?.toUpperCase()}${spec.summary.slice(1)}.`
  command
    .summary(spec.summary)
    .description(spec.more ? `${sentence} ${spec.more}` : sentence)
    .addHelpText('after', `\nExample:\n  ${spec.example}`)
  for (const [written, argument] of Object.entries(spec.arguments ?? {}))
    command.addArgument(argumentOf(written, argument))
  addOptions(command, spec.options ?? {})
  command.action(async () => {
    const names = command.registeredArguments.map(argument => camelCase(argument.name()))
    const given = Object.fromEntries(names.map((name, index) => [name, command.processedArgs[index]]))
    await act(spec, { ...given, ...command.opts() }, command.optsWithGlobals<Common>())
  })
}

function argumentOf(written: string, spec: ArgumentSpec): Argument {
  const { what, choices, parse } = (typeof spec === 'string' ? { what: spec } : spec) as ValueSpec
  const argument = new Argument(written, what)
  if (choices) argument.choices(choices)
  if (parse) argument.argParser(parse)
  return argument
}

function addOptions(command: Command, specs: Readonly<Record<string, OptionSpec>>): void {
  for (const [flags, spec] of Object.entries(specs)) {
    const { what, choices, parse, isList, isNeeded }: ValueSpec = typeof spec === 'string' ? { what: spec } : spec
    const option = new Option(flags, what)
    if (choices) option.choices(choices)
    if (parse) option.argParser(parse)
    if (isList) {
      const read = option.parseArg ?? ((text: string) => text)
      option.argParser((text, before: unknown) => [...((before ?? []) as unknown[]), read(text, undefined)])
    }
    // Said here: commander looks for such before this command's file is loaded.
    if (option.negate) option.default(true)
    if (isNeeded) option.makeOptionMandatory()
    command.addOption(option)
  }
}

function camelCase(name: string): string {
  return name.replaceAll(/-(\w)/g, (_, letter: string) => letter.toUpperCase())
}

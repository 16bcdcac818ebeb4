/** A command from its words to its exit code. */
import { CommanderError } from 'commander'
import { commands } from './commands.ts'
import { openContext } from './context.ts'
import { exitCodes } from './exit-codes.ts'
import { explain } from './failure.ts'
import { buildProgram, isGroup } from './program.ts'

/** @returns the exit code. */
export async function run(argv: readonly string[]): Promise<number> {
  endQuietlyWithoutReader()
  let exitCode: number | undefined
  try {
    const own = argv.includes('--') ? argv.slice(0, argv.indexOf('--')) : argv
    const asksForHelp = own[0] === 'help' || own.includes('--help') || own.includes('-h')
    const program = await buildProgram({
      isWhole: asksForHelp,
      act: async (spec, given, common) => {
        exitCode = await spec.run(openContext(common), given)
      },
    })
    await program.parseAsync(argv, { from: 'user' })
    return exitCode ?? exitCodes.ok.code
  } catch (error) {
    if (error instanceof CommanderError) return misuse(error, argv)
    const { ending, what, remedy } = explain(error)
    say(`restpoint: ${what}${remedy ? `\n${remedy}` : ''}`)
    return exitCodes[ending].code
  }
}

/** Help was shown, or one line says what is wrong and where it is told how it is right. */
function misuse({ code, exitCode, message }: CommanderError, argv: readonly string[]): number {
  if (exitCode === 0) return exitCodes.ok.code
  const { path, next } = whereTo(argv)
  const what =
    code === 'commander.help'
      ? `which command? ${next.join(', ')}.`
      : message.replace(/^error: /, '').replace(/\.?\s*$/, '.')
  say(`restpoint: ${what.replaceAll(/\s+/g, ' ')} See: ${['restpoint', ...path, '--help'].join(' ')}`)
  return exitCodes.usage.code
}

/** How far the words lead, and what could come next. */
function whereTo(argv: readonly string[]): { path: readonly string[]; next: readonly string[] } {
  const [noun = '', verb = ''] = argv.filter(word => !word.startsWith('-'))
  const entry = Object.hasOwn(commands, noun) ? commands[noun] : undefined
  if (!entry) return { path: [], next: Object.keys(commands) }
  if (!isGroup(entry)) return { path: [noun], next: [] }
  return { path: Object.hasOwn(entry.commands, verb) ? [noun, verb] : [noun], next: Object.keys(entry.commands) }
}

function say(text: string): void {
  process.stderr.write(`${text}\n`)
}

/** As in `restpoint snapshot list | head -1`. */
function endQuietlyWithoutReader(): void {
  for (const stream of [process.stdout, process.stderr]) {
    stream.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code !== 'EPIPE') throw error
      process.exit(exitCodes.ok.code)
    })
  }
}

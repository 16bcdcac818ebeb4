import type { CommandSpec } from '../command.ts'
import { type Shell, scripts, wordsOf } from '../completion.ts'
import { buildProgram } from '../program.ts'

export const command: CommandSpec<{ shell: Shell }> = {
  summary: 'print what makes a shell complete commands and options',
  arguments: { '<shell>': { what: 'whose script', choices: Object.keys(scripts) } },
  example: 'source <(restpoint completion bash)',
  async run(_, { shell }) {
    const program = await buildProgram({ isWhole: true, act: async () => {} })
    process.stdout.write(scripts[shell](wordsOf(program)))
    return undefined
  },
}

import type { CommandSpec } from '../../command.ts'
import { type Waiting, waitingOptions, wholeNumber } from '../../options.ts'
import { operationLines } from '../../views/operation.ts'
import { watch } from '../../wait.ts'

const { '--timeout <seconds>': timeoutOption = '' } = waitingOptions

export const command: CommandSpec<{ operation: number } & Pick<Waiting, 'timeout'>> = {
  summary: 'follow an operation to its end',
  arguments: { '<operation>': { what: 'its id', parse: wholeNumber } },
  options: { '--timeout <seconds>': timeoutOption },
  example: 'restpoint operation watch 12',
  async run(context, { operation, timeout }) {
    const connected = await context.connect()
    context.tell(await watch(connected, operation, timeout), operationLines)
    return undefined
  },
}

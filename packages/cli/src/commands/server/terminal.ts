import type { TerminalState } from '@restpoint/sdk/source'
import type { CommandSpec } from '../../command.ts'
import { CliError } from '../../failure.ts'
import { serverId } from '../../find.ts'

/** Ctrl-], as with telnet: of no use to a shell. */
const LEAVE = 0x1d

const told: Readonly<Record<TerminalState, string>> = {
  connecting: 'connecting',
  running: 'connected; Ctrl-] leaves',
  stopped: 'the server does not run; Ctrl-] leaves',
  closed: 'left',
}

export const command: CommandSpec<{ server: string }> = {
  summary: "type at a server's serial console",
  more: 'Ctrl-] leaves. It stays open while the server is stopped, started or restored.',
  arguments: { '<server>': 'name or id' },
  example: 'restpoint server terminal web-server-01',
  async run(context, { server }) {
    const { stdin, stdout, stderr } = process
    if (!stdin.isTTY) {
      throw new CliError(
        'usage',
        'This is for people at a terminal.',
        'In scripts the SDK does it: servers.openTerminal.',
      )
    }
    const connected = await context.connect()
    const id = await serverId(connected, server)
    const terminal = connected.restpoint.servers.openTerminal(id, connected.scope)
    const note = (text: string) => stderr.write(`\r\n[${text}]\r\n`)
    terminal.onState(state => note(told[state]))
    terminal.onData((bytes, isGap) => {
      if (isGap) note('what was said before this is not kept')
      stdout.write(bytes)
    })
    const onTyped = (bytes: Buffer) => {
      const end = bytes.indexOf(LEAVE)
      terminal.write(end < 0 ? bytes : bytes.subarray(0, end))
      if (end >= 0) terminal.close()
    }
    stdin.setRawMode(true).on('data', onTyped).resume()
    try {
      await terminal.closed
    } finally {
      stdin.off('data', onTyped).setRawMode(false).pause()
    }
    return undefined
  },
}

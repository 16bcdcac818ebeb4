/** A shell in a server, through the service's terminal and the SDK. */
import { setTimeout as sleep } from 'node:timers/promises'
import { Restpoint } from '../../../packages/sdk/src/restpoint.ts'
import type { Terminal, TerminalState } from '../../../packages/sdk/src/terminal.ts'
import type { RunningService } from './service.ts'
import { Shell } from './shell.ts'
import { until } from './until.ts'

export class TerminalShell extends Shell {
  readonly terminal: Terminal
  /** Whether something that was said did not come, so far. */
  hasGap = false
  readonly states: TerminalState[] = []

  private constructor(terminal: Terminal) {
    super(text => {
      if (!terminal.write(text)) throw new Error('the terminal takes no more')
    })
    this.terminal = terminal
    terminal.onData((bytes, isGap) => {
      this.hasGap ||= isGap
      this.heard(Buffer.from(bytes).toString('latin1'))
    })
    terminal.onState(state => this.states.push(state))
  }

  static open({ url, token }: Pick<RunningService, 'url' | 'token'>, serverId: number): TerminalShell {
    return new TerminalShell(new Restpoint({ url, token }).servers.openTerminal(serverId))
  }

  /** Until the system in it has a shell that answers. */
  async ready(timeoutMs = 60_000): Promise<void> {
    for (const deadline = Date.now() + timeoutMs; ; await sleep(100)) {
      await until('the server to run', () => this.terminal.state === 'running')
      // As after a boot: what was typed before is thrown away, or half of it.
      this.type('\x03\n')
      const answer = await this.run('echo ready', 3000).catch(() => undefined)
      if (answer?.trim().endsWith('ready')) return
      if (Date.now() > deadline) throw new Error(`no shell behind the terminal: ${this.text}`)
    }
  }
}

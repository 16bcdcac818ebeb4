import type { Send } from './send.ts'
import type { Signals } from './signals.ts'
import { Terminal, type TerminalOptions } from './terminal.ts'

/** `base`: where the service is. */
export function terminalOpener(send: Send, base: string, clientSignal: AbortSignal | undefined) {
  return {
    /**
     * Opens the serial console of a server, and keeps it open. Answers at once: listen to it before the first `await`.
     * @throws TypeError where there is no WebSocket.
     */
    openTerminal: (server_id: number, { signal, account_id }: TerminalOptions = {}): Terminal => {
      const signals: Signals = [clientSignal, signal]
      const ask = async (ending: AbortSignal) => {
        // It asks again by itself.
        const options = { account_id, signal: ending, retries: 0 }
        const { path } = await send('createTerminalTicket', { path: { server_id }, options })
        return base.replace(/^http/, 'ws') + path
      }
      return new Terminal({ ask, signals })
    },
  }
}

/** How it stands with the connection to a server's console: always there, and in words. */
import type { Server } from '@restpoint/sdk/source'
import { m } from '../../../paraglide/messages.js'
import { Icon, type IconName } from '../../../parts/icon.tsx'
import { stateInWords } from '../../../parts/state-dot.tsx'
import type { Line } from '../../../terminal/line.ts'
import css from './terminal.module.css'

interface LineStateProps {
  readonly line: Line
  /** Of the server. */
  readonly status: Server['status']
}

const signs: Readonly<Record<Line['state'], IconName>> = {
  connecting: 'more',
  running: 'done',
  stopped: 'offline',
  closed: 'close',
}

export function LineState({ line, status }: LineStateProps) {
  return (
    <p role="status" className={css['state']} data-state={line.state}>
      <Icon name={signs[line.state]} />
      <span>
        {words(line, status)}
        {line.hasGap && <span className="reason">{m.terminal_gap()}</span>}
      </span>
    </p>
  )
}

function words({ state, wasOpen }: Line, status: Server['status']): string {
  if (state === 'connecting') return wasOpen ? m.terminal_lost() : m.terminal_connecting()
  if (state === 'closed') return m.terminal_closed()
  // The server's state is told a moment later than its console's end.
  if (state === 'stopped')
    return status === 'active' ? m.terminal_silent() : m.terminal_stopped({ state: stateInWords(status) })
  return m.terminal_connected()
}

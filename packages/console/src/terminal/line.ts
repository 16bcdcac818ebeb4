/** The connection between a server's console and the screen, and what is to be said of it. */
import { RestpointError, type Terminal, type TerminalState } from '@restpoint/sdk/source'
import { signOut } from '../session/session.ts'
import type { Screen } from './screen.ts'

export interface Line {
  readonly state: TerminalState
  /** A connection that was there before is made anew. */
  readonly wasOpen: boolean
  /** Something that was said meanwhile is lost. */
  readonly hasGap: boolean
  /** Why it is closed, where nobody here closed it. */
  readonly error: unknown
}

export const newLine: Line = { state: 'connecting', wasOpen: false, hasGap: false, error: undefined }

export function join(terminal: Terminal, screen: Screen, tell: (change: Partial<Line>) => void): void {
  let isFirst = true
  terminal.onData((bytes, isGap) => {
    screen.write(bytes, isFirst || isGap)
    if (isGap && !isFirst) tell({ hasGap: true })
    isFirst = false
  })
  terminal.onState((state, error) => {
    if (error instanceof RestpointError && error.code === 'unauthenticated') return signOut('expired')
    tell(state === 'running' || state === 'stopped' ? { state, wasOpen: true } : { state, error })
  })
}

import Type, { type Static } from 'typebox'
import { Time } from '../http/schemas.ts'

export const TerminalTicket = Type.Object(
  {
    ticket: Type.String({ description: 'rt_ and 43 characters. It opens one terminal, once.' }),
    path: Type.String({ description: 'Where the WebSocket is opened, with the ticket in it.' }),
    expires_at: Time,
  },
  { $id: 'TerminalTicket', description: 'What opens a terminal.' },
)
export type TerminalTicket = Static<typeof TerminalTicket>

export const terminalSchemas = [TerminalTicket]

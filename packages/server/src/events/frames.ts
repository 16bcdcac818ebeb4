/** What is written into a stream. https://html.spec.whatwg.org/multipage/server-sent-events.html */
import { toChange } from './schemas.ts'
import type { EventRow } from './store.ts'

/** How long a client is to wait before it connects again, ms. */
const RETRY_MS = 1000

/** What begins a stream that goes on from `id`: from then on a client can resume, also before it has had an event. */
export const beginning = (id: number) => `retry: ${RETRY_MS}\nid: ${id}\n\n`

/** Nothing is known of what came before: whatever a client shows has to be read anew. */
export const reset = (id: number) => `id: ${id}\nevent: reset\ndata: {}\n\n`

export const frame = (row: EventRow) => `id: ${row.id}\nevent: ${row.noun}\ndata: ${JSON.stringify(toChange(row))}\n\n`

/** A comment, so that everybody on the way sees that the connection lives; and how far it is, where that was not told. */
export const heartbeat = (id: number) => `:\nid: ${id}\n\n`

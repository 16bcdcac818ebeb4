import { type Check, Skip } from '../check.ts'
import type { Reply } from '../client.ts'
import { equal, integer, keys, object, problem, status, that } from '../expect.ts'
import { NOBODY, restored } from '../fixtures.ts'
import type { Session } from '../session.ts'
import { SERVER_KEYS } from './servers.ts'

const ACTIONS = ['start', 'stop', 'reboot', 'undo'] as const
type Action = (typeof ACTIONS)[number]

/** What becomes of a server that is active or stopped. */
const outcome: Record<string, Partial<Record<Action, string>>> = {
  active: { stop: 'stopped', reboot: 'active' },
  stopped: { start: 'active' },
}

interface Acted {
  readonly reply: Reply
  readonly after: string
}

async function act(session: Session, action: Action): Promise<Acted> {
  const reply = await session.whenFree(`/servers/${session.server.id}/${action}/`)
  return { reply, after: (await session.settled()).status }
}

/** From the state the server is in: through all the others, and back. */
const cycle = (session: Session) =>
  session.once('cycle', async () => {
    await restored(session).catch(() => {})
    const { status: origin } = await session.settled()
    const path: readonly Action[] = origin === 'active' ? ['reboot', 'stop', 'start'] : ['start', 'reboot', 'stop']
    if (!(origin in outcome)) throw new Skip(`the server is ${origin}`)
    const acted = new Map<Action, Acted>()
    const refused = new Map<Action, Reply>()
    let state = origin
    for (const action of path) {
      const wrong: Action = state === 'active' ? 'start' : 'reboot'
      if (!refused.has(wrong)) refused.set(wrong, await session.whenFree(`/servers/${session.server.id}/${wrong}/`))
      acted.set(action, await act(session, action))
      state = outcome[state]?.[action] ?? state
    }
    return { acted, refused }
  })

/** Undo, and undo of the undo: the server is then what the restore made of it. */
const undone = (session: Session) =>
  session.once('undone', async () => {
    const { reply, before } = await restored(session)
    if (reply.status !== 200) throw new Skip('needs a restore, and none was accepted')
    return { before: before.status, once: await act(session, 'undo'), twice: await act(session, 'undo') }
  })

const powerChecks = (['start', 'stop', 'reboot'] as const).map(
  (action): Check => ({
    id: `servers.${action}.200`,
    level: 'full',
    says: `POST /servers/{id}/${action}/ answers 200 with the server's detail and Operation-Id, and does it`,
    run: async session => {
      const { reply, after } = (await cycle(session)).acted.get(action)!
      accepted(reply, session.server.id)
      equal(after, action === 'stop' ? 'stopped' : 'active', 'status afterwards')
    },
  }),
)

const wrongStates = (['start', 'reboot'] as const).map(
  (action): Check => ({
    id: `servers.${action}.wrong-state`,
    level: 'full',
    says: `${action} of a server that is ${action === 'start' ? 'active' : 'stopped'} is a 400`,
    run: async session => problem((await cycle(session)).refused.get(action)!, 400, 'server_wrong_state'),
  }),
)

const unknown = ACTIONS.map(
  (action): Check => ({
    id: `servers.${action}.404`,
    level: 'full',
    says: `${action} of a server that does not exist is a 404`,
    run: async session => problem(await session.client.post(`/servers/${NOBODY}/${action}/`), 404, 'not_found'),
  }),
)

export const powerAndUndoChecks: readonly Check[] = [
  {
    id: 'servers.undo.200',
    level: 'full',
    says: "POST /servers/{id}/undo/ after a restore answers 200 with the server's detail and Operation-Id",
    run: async session => {
      const { before, once } = await undone(session)
      accepted(once.reply, session.server.id)
      equal(once.after, before, 'status afterwards')
    },
  },
  {
    id: 'servers.undo.again',
    level: 'full',
    says: 'An undo is itself a restore: undo again returns',
    run: async session => accepted((await undone(session)).twice.reply, session.server.id),
  },
  ...powerChecks,
  ...wrongStates,
  ...unknown,
]

function accepted(reply: Reply, id: number): void {
  status(reply, 200)
  const detail = object(reply.json, 'the reply')
  equal(detail.id, id, 'id')
  keys(Object.fromEntries(Object.entries(detail).filter(([key]) => SERVER_KEYS.includes(key))), SERVER_KEYS)
  integer(Number(reply.headers.get('operation-id') ?? Number.NaN), 'Operation-Id')
  that(typeof detail.status === 'string', 'a status', detail.status)
}

/**
 * The keeper: a small process that alone holds the sockets of guest agents, so that a frozen guest is thawed even if
 * the service dies (our stdin ends) or hangs (the session's deadline). It lives until its stdin ends or SIGTERM, and
 * then until nothing is frozen. Started by `client.ts` with its limits as JSON; imports next to nothing, to stay small.
 */
import { Socket } from 'node:net'
import { LineSplitter } from '@restpoint/qmp/lines'
import { Guest } from './guest.ts'
import type { Limits } from './limits.ts'
import { AgentUnavailable, type Answer, type Call } from './protocol.ts'

const limits = JSON.parse(process.argv[2] as string) as Limits
const guests = new Map<string, Guest>()
const input = new Socket({ fd: 0, readable: true, writable: false })
// Not process.stdout: its writes block, and the deadlines with them, when a hung service leaves its end unread.
const output = new Socket({ fd: 1, readable: false, writable: true })
// A request's body is no longer than 64 KiB, and so are the arguments in it.
const lines = new LineSplitter(128 * 1024)
let leaving = false

input.on('data', (chunk: Buffer) => {
  for (const line of lines.push(chunk)) {
    const call = JSON.parse(line.toString('utf8')) as Call
    answer(call).then(message => output.write(`${JSON.stringify(message)}\n`))
  }
})
input.on('error', leave)
input.on('close', leave)
output.on('error', () => {})
process.on('SIGTERM', leave)
// The service's to handle: our stdin ends when it does.
process.on('SIGINT', () => {})
process.on('SIGHUP', () => {})

async function answer(call: Call): Promise<Answer> {
  try {
    return { id: call.id, value: await run(call) }
  } catch (error) {
    if (!(error instanceof AgentUnavailable)) throw error
    return { id: call.id, reason: error.reason, detail: error.message }
  }
}

async function run(call: Call): Promise<unknown> {
  if (leaving) throw new AgentUnavailable('keeper_died', 'the keeper is ending')
  const guest = guests.get(call.socket) ?? new Guest(call.socket, limits)
  guests.set(call.socket, guest)
  if (call.call === 'describe') return guest.describe(call.timeoutMs)
  if (call.call === 'shutdown') return guest.shutdown(call.mode)
  if (call.call === 'start') return guest.start(call.program)
  if (call.call === 'ask' || call.call === 'kill') return guest[call.call](call.pid)
  return guest[call.call]()
}

function leave(): void {
  if (leaving) return
  leaving = true
  const settled = Promise.all([...guests.values()].map(guest => guest.settle()))
  settled.then(() => process.exit(0))
  setTimeout(() => process.exit(1), limits.drainMs)
}

import { createConnection, type Socket } from 'node:net'
import { createInterface } from 'node:readline'
import { setTimeout } from 'node:timers/promises'

interface Agent {
  /** Sends a command and returns its answer. */
  ask(command: string, args?: object): Promise<unknown>
  /** Sends a command that does not answer. */
  send(command: string, args?: object): void
  /** Runs a shell command in the guest and returns what it printed. */
  shell(command: string): Promise<string>
}

/** The least that can talk to a guest agent: what is tested here is the guest, not our client of it. */
export async function connectAgent(socketPath: string): Promise<Agent> {
  const socket = await connected(socketPath)
  const lines = createInterface(socket)[Symbol.asyncIterator]()
  const send = (command: string, args = {}): void => {
    socket.write(`${JSON.stringify({ execute: command, arguments: args })}\n`)
  }
  const ask = async (command: string, args = {}): Promise<unknown> => {
    send(command, args)
    const answer = JSON.parse((await lines.next()).value ?? '{}')
    if ('error' in answer) throw new Error(`${command}: ${JSON.stringify(answer.error)}`)
    return answer.return
  }
  const shell = async (command: string): Promise<string> => {
    const started = await ask('guest-exec', { path: '/bin/sh', arg: ['-c', command], 'capture-output': true })
    for (;;) {
      const status = (await ask('guest-exec-status', started as object)) as { exited: boolean; 'out-data'?: string }
      if (status.exited) return Buffer.from(status['out-data'] ?? '', 'base64').toString()
      await setTimeout(50)
    }
  }
  return { ask, send, shell }
}

/** QEMU makes the socket a moment after its start. A question sent before the agent is up waits in the port. */
async function connected(socketPath: string): Promise<Socket> {
  for (;;) {
    const socket = createConnection(socketPath)
    const outcome = await new Promise(resolve => socket.once('connect', () => resolve('up')).once('error', resolve))
    if (outcome === 'up') return socket
    await setTimeout(50)
  }
}

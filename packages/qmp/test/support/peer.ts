import { mkdtemp, rm } from 'node:fs/promises'
import { createServer, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import path from 'node:path'
import type { TestContext } from 'node:test'

/** A folder of the test's own. */
export async function temporaryFolder(t: TestContext): Promise<string> {
  const folder = await mkdtemp(path.join(tmpdir(), 'restpoint-qmp-'))
  t.after(() => rm(folder, { recursive: true, force: true }))
  return folder
}

/**
 * A unix socket whose every client is handled by `serve`: for what a real QEMU or agent cannot be made to do. Answers
 * with its path.
 */
export async function peer(t: TestContext, serve: (client: Socket) => void): Promise<string> {
  const file = path.join(await temporaryFolder(t), 'socket')
  const clients = new Set<Socket>()
  const server = createServer(client => {
    clients.add(client)
    client.on('error', () => {})
    serve(client)
  })
  await new Promise<void>(resolve => server.listen(file, resolve))
  t.after(() => {
    for (const client of clients) client.destroy()
    server.close()
  })
  return file
}

/** Calls `answer` with each line that a client sends, as text without what it put before the JSON. */
export function onLine(client: Socket, answer: (request: { execute: string; arguments?: any; id?: number }) => void) {
  let rest = ''
  client.on('data', chunk => {
    const lines = (rest + chunk.toString('latin1')).split('\n')
    rest = lines.pop() as string
    for (const line of lines) answer(JSON.parse(line.slice(line.indexOf('{'))))
  })
}

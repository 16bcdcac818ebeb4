/**
 * Sockets in folders that belong to QEMU's user. A guest that broke out may put a link in the place of one: to a socket
 * of the host, say, where it counts who connects, and that is us, as root maybe, with whatever somebody types.
 */
import { once } from 'node:events'
import { constants } from 'node:fs'
import { open } from 'node:fs/promises'
import { connect, type Socket } from 'node:net'

/** Linux's; Node has no name for it. What lies at the path is held, and not opened. */
const O_PATH = 0o10000000

/** Throws unless it is a socket, and this user's. */
export async function openSocket(path: string, uid: number): Promise<Socket> {
  const place = await open(path, O_PATH | constants.O_NOFOLLOW)
  try {
    const found = await place.stat()
    if (!found.isSocket() || found.uid !== uid) throw new Error(`${path} is not a socket of the user ${uid}`)
    // What was looked at, and not what lies at the path by now.
    const socket = connect(`/proc/self/fd/${place.fd}`)
    await once(socket, 'connect')
    // Whoever has it hears of its end by `close`.
    return socket.on('error', () => {})
  } finally {
    await place.close()
  }
}

import { connect, type Socket } from 'node:net'
import { ConnectionClosed, Timeout } from './errors.ts'

/** A connected unix socket. Throws `ConnectionClosed` (`unreachable`, with the errno) or `Timeout`. */
export function connectUnix(path: string, timeoutMs: number): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect(path)
    const timer = setTimeout(() => {
      socket.destroy()
      reject(new Timeout('connect', timeoutMs))
    }, timeoutMs)
    const onError = (error: NodeJS.ErrnoException): void => {
      clearTimeout(timer)
      reject(new ConnectionClosed(path, 'unreachable', error.code ?? null))
    }
    socket.once('error', onError)
    socket.once('connect', () => {
      clearTimeout(timer)
      socket.off('error', onError)
      resolve(socket)
    })
  })
}

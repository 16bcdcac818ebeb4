import { type EachOptions, each } from '../each.ts'
import type { Body, Options } from '../options.ts'
import type { Send } from '../send.ts'

export function servers(send: Send) {
  return {
    /** As they were made. */
    list: (options?: Options<'listServers'>) => send('listServers', { options }),
    /** `list` page by page. */
    each: ({ pageSize, ...options }: EachOptions<'listServers'> = {}) =>
      each(page => send('listServers', { options: { ...options, ...page } }), pageSize),
    /** Makes one from an image. */
    create: (body: Body<'createServer'>, options?: Options<'createServer'>) => send('createServer', { body, options }),
    /** One with the reason for its state, its network, and whether there is something to undo. */
    get: (server_id: number, options?: Options<'getServer'>) => send('getServer', { path: { server_id }, options }),
    /** Changes its name, host name, location or autostart, and plugs its network cable in or out. */
    update: (server_id: number, body: Body<'changeServer'>, options?: Options<'changeServer'>) =>
      send('changeServer', { path: { server_id }, body, options }),
    /** With its snapshots only if `with_snapshots` says so. */
    delete: (server_id: number, options?: Options<'deleteServer'>) =>
      send('deleteServer', { path: { server_id }, options }),
    /** Starts it, or lets a suspended one run on. */
    start: (server_id: number, options?: Options<'startServer'>) =>
      send('startServer', { path: { server_id }, options }),
    /** Asks it to power off, and ends it if it does not. */
    stop: (server_id: number, options?: Options<'stopServer'>) => send('stopServer', { path: { server_id }, options }),
    reboot: (server_id: number, options?: Options<'rebootServer'>) =>
      send('rebootServer', { path: { server_id }, options }),
    /** Goes back to what was before the last restore. */
    undo: (server_id: number, options?: Options<'undoServer'>) => send('undoServer', { path: { server_id }, options }),
    /** Makes a new server of the same shape, whose disks begin with what a snapshot holds. */
    clone: (server_id: number, body: Body<'cloneServer'>, options?: Options<'cloneServer'>) =>
      send('cloneServer', { path: { server_id }, body, options }),
    /** Runs a program in it, through its guest agent. Needs the permission `servers:exec`. Follow it with `execution`. */
    exec: (server_id: number, body: Body<'execInServer'>, options?: Options<'execInServer'>) =>
      send('execInServer', { path: { server_id }, body, options }),
    /** What became of a program. Refused as `not_found` where nobody knows (any more). */
    execution: (server_id: number, execution_id: number, options?: Options<'getExecution'>) =>
      send('getExecution', { path: { server_id, execution_id }, options }),
    /** What opens a WebSocket to its serial console, once; `openTerminal` does that by itself. */
    createTerminalTicket: (server_id: number, options?: Options<'createTerminalTicket'>) =>
      send('createTerminalTicket', { path: { server_id }, options }),
    /** The tree of layers that its disks, snapshots and undo point stand on. */
    layers: (server_id: number, options?: Options<'listLayers'>) =>
      send('listLayers', { path: { server_id }, options }),
  }
}

/** Every command there is. Its file is loaded when it is run, or when help is asked for. */
import type { CommandSpec } from './command.ts'

export type Load = () => Promise<{ readonly command: CommandSpec }>

export interface Group {
  readonly summary: string
  readonly commands: Readonly<Record<string, Load>>
}

export const commands: Readonly<Record<string, Load | Group>> = {
  login: () => import('./commands/login.ts'),
  server: {
    summary: 'servers: make them, start and stop them, see their layers',
    commands: {
      list: () => import('./commands/server/list.ts'),
      show: () => import('./commands/server/show.ts'),
      create: () => import('./commands/server/create.ts'),
      start: () => import('./commands/server/start.ts'),
      stop: () => import('./commands/server/stop.ts'),
      reboot: () => import('./commands/server/reboot.ts'),
      delete: () => import('./commands/server/delete.ts'),
      layers: () => import('./commands/server/layers.ts'),
      terminal: () => import('./commands/server/terminal.ts'),
    },
  },
  snapshot: {
    summary: 'snapshots: take, restore, clone and delete them; undo a restore',
    commands: {
      list: () => import('./commands/snapshot/list.ts'),
      create: () => import('./commands/snapshot/create.ts'),
      show: () => import('./commands/snapshot/show.ts'),
      restore: () => import('./commands/snapshot/restore.ts'),
      undo: () => import('./commands/snapshot/undo.ts'),
      clone: () => import('./commands/snapshot/clone.ts'),
      delete: () => import('./commands/snapshot/delete.ts'),
    },
  },
  image: {
    summary: 'images that servers are made from',
    commands: {
      list: () => import('./commands/image/list.ts'),
      import: () => import('./commands/image/import.ts'),
      delete: () => import('./commands/image/delete.ts'),
    },
  },
  operation: {
    summary: 'operations: what is under way, and how it ended',
    commands: {
      list: () => import('./commands/operation/list.ts'),
      watch: () => import('./commands/operation/watch.ts'),
    },
  },
  token: {
    summary: 'tokens of your account',
    commands: {
      list: () => import('./commands/token/list.ts'),
      create: () => import('./commands/token/create.ts'),
      revoke: () => import('./commands/token/revoke.ts'),
    },
  },
  account: {
    summary: 'your account; for administrators all accounts',
    commands: {
      show: () => import('./commands/account/show.ts'),
      list: () => import('./commands/account/list.ts'),
      create: () => import('./commands/account/create.ts'),
      delete: () => import('./commands/account/delete.ts'),
    },
  },
  guard: () => import('./commands/guard.ts'),
  serve: () => import('./commands/serve.ts'),
  doctor: () => import('./commands/doctor.ts'),
  completion: () => import('./commands/completion.ts'),
}

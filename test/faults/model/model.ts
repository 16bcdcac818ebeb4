/**
 * The sequential model: servers whose disks are written to, snapshots and undo points that hold what they held. It knows
 * no layers, no steps and no faults. What was accepted it learns from the operations, in their order; what they have to
 * come to it knows by itself.
 */
import { type Contents, newServer, textOf } from './contents.ts'
import type { OperationRow } from './picture.ts'
import type { Wish } from './wishes.ts'

export interface Timeline {
  /** All that its disks have ever held, the newest last. */
  readonly versions: Contents[]
}

export interface ModelServer {
  readonly id: number
  /** Index. */
  readonly account: number
  readonly name: string
  /**
   * By VM generation id: each restore begins a new one. What a guest writes goes to that which its machine was started
   * with, whatever is under way meanwhile.
   */
  readonly timelines: Map<string, Timeline>
  /** Null: not made yet, or never. */
  generation: string | null
  undo: { readonly contents: Contents; readonly until: number } | null
  isDeleted: boolean
  /** How its guest agent has behaved, the last one last. */
  readonly agent: string[]
}

export interface ModelSnapshot {
  readonly id: number
  readonly serverId: number
  readonly account: number
  readonly name: string
  /** Null: not completed yet. */
  contents: Contents | null
  status: string
  deletion: 'not asked' | 'asked' | 'answered'
}

export interface ModelOperation {
  readonly id: number
  readonly kind: string
  readonly wish: Wish | null
  /** What the server begins to hold with it. */
  readonly begins: { readonly generation: string; readonly contents: Contents } | null
  readonly jumps: number
  status: string
}

/** Something is not as it must be. */
export class Wrong extends Error {
  override readonly name = 'Wrong'
}

export function must(isSo: boolean, told: () => string): void {
  if (!isSo) throw new Wrong(told())
}

export class Model {
  readonly servers = new Map<number, ModelServer>()
  readonly snapshots = new Map<number, ModelSnapshot>()
  readonly operations = new Map<number, ModelOperation>()
  readonly wishes: Wish[] = []
  /** How often a day has passed. */
  jumps = 0

  live(account?: number): ModelServer[] {
    return [...this.servers.values()].filter(
      server => !server.isDeleted && (account === undefined || server.account === account),
    )
  }

  /** Those that can be restored. */
  kept(account?: number): ModelSnapshot[] {
    return [...this.snapshots.values()].filter(
      ({ contents, deletion, account: own }) =>
        contents !== null && deletion === 'not asked' && (account === undefined || own === account),
    )
  }

  newest(server: ModelServer, generation = server.generation): Contents {
    const newest = generation === null ? undefined : server.timelines.get(generation)?.versions.at(-1)
    if (!newest) throw new Wrong(`server ${server.id} runs as ${generation}, which nobody has asked for`)
    return newest
  }

  write(server: ModelServer, generation: string, contents: Contents): void {
    server.timelines.get(generation)?.versions.push(contents)
  }

  /** How far each timeline is: what is asked for now sees nothing older. */
  marksOf(serverId: number | null): ReadonlyMap<string, number> {
    const server = serverId === null ? undefined : this.servers.get(serverId)
    return new Map(
      [...(server?.timelines ?? [])].map(([generation, { versions }]) => [generation, versions.length - 1]),
    )
  }

  /** What the operation begins a timeline with; null: nothing. */
  beginsOf(row: OperationRow, generationOfServer: string | null): ModelOperation['begins'] {
    const snapshot = () => {
      const { contents } = this.snapshots.get(row.snapshot_id ?? 0) ?? {}
      if (contents) return contents
      throw new Wrong(`operation ${row.id} (${row.kind}) was accepted with a snapshot that was never completed`)
    }
    const own = () => (JSON.parse(row.input) as { generationId: string }).generationId
    if (row.kind === 'server_create') return { generation: generationOfServer as string, contents: newServer }
    if (row.kind === 'server_clone') return { generation: generationOfServer as string, contents: snapshot() }
    if (row.kind === 'snapshot_restore') return { generation: own(), contents: snapshot() }
    if (row.kind !== 'server_undo') return null
    const { undo } = this.servers.get(row.server_id ?? 0) ?? {}
    if (!undo) throw new Wrong(`operation ${row.id} was accepted, and there is nothing to undo`)
    return { generation: own(), contents: undo.contents }
  }

  /** What a snapshot of the server may hold that was asked for at these marks and has been taken by now. */
  mayHold(server: ModelServer, marks: ReadonlyMap<string, number>): Contents[] {
    if (server.generation === null) return []
    const versions = server.timelines.get(server.generation)?.versions ?? []
    return versions.slice(marks.get(server.generation) ?? 0)
  }
}

export function isOneOf(found: string, allowed: readonly Contents[]): Contents | undefined {
  return allowed.find(contents => textOf(contents) === found)
}

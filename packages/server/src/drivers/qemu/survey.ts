/**
 * What layers lie in a state folder and what each stands on, by their headers alone: for a rebuild of the database,
 * which is not there to say it. Reads only, and without a lock, because machines may run.
 */
import { lstat, readdir } from 'node:fs/promises'
import { basename, dirname, join, resolve } from 'node:path'
import type { LayerId } from '../../domain/layers.ts'
import type { Host } from './host.ts'
import { fileName, guestPaths } from './paths.ts'
import { backingNameOf, HEADER_BYTES } from './qcow2-header.ts'

export interface FoundLayer {
  readonly id: LayerId
  readonly format: 'qcow2' | 'raw'
  /** Virtual size; 0 where the header cannot be read. */
  readonly sizeBytes: number
  readonly allocatedBytes: number
  /** When the file was last written, epoch ms. */
  readonly changedAt: number
  readonly base: Base
}

/** `file`: an image that is used in place, by its path. `unreadable`: why nobody can say what it stands on. */
export type Base =
  | { readonly kind: 'none' }
  | { readonly kind: 'layer'; readonly id: LayerId }
  | { readonly kind: 'file'; readonly path: string }
  | { readonly kind: 'unreadable'; readonly why: string }

export interface Survey {
  /** Lowest id first. */
  readonly layers: readonly FoundLayer[]
  /** Names in the folder of layers that are none of ours. */
  readonly others: readonly string[]
  /** Ids of layers whose files were on their way out. */
  readonly trash: readonly LayerId[]
  /** Servers and merges that have a folder for their QEMU, whether it runs or not. */
  readonly machines: readonly number[]
  readonly benches: readonly number[]
}

export async function survey(host: Pick<Host, 'readStart'>, stateDir: string): Promise<Survey> {
  const paths = guestPaths(stateDir)
  const names = await list(paths.layers)
  const found = await Promise.all(names.map(name => look(host, paths.layers, name)))
  const machines = await list(paths.machines)
  return {
    layers: found.filter(layer => layer !== undefined).sort((a, b) => a.id - b.id),
    others: names.filter((_, index) => found[index] === undefined),
    trash: (await list(paths.trash)).flatMap(name => ownName(name)?.id ?? []),
    machines: numbers(machines, /^(\d+)$/),
    benches: numbers(machines, /^bench-(\d+)$/),
  }
}

/** Ids of the layers that have a file. */
export async function listLayerIds(stateDir: string): Promise<LayerId[]> {
  const names = await list(guestPaths(stateDir).layers)
  return names.flatMap(name => ownName(name)?.id ?? [])
}

async function look(host: Pick<Host, 'readStart'>, folder: string, name: string): Promise<FoundLayer | undefined> {
  const own = ownName(name)
  const path = join(folder, name)
  // The folder may belong to QEMU's user: a link or a pipe in it is no layer.
  const file = await lstat(path)
  if (!own || !file.isFile()) return undefined
  const about = { ...own, allocatedBytes: file.blocks * 512, changedAt: Math.round(file.mtimeMs) }
  if (own.format === 'raw') return { ...about, sizeBytes: file.size, base: { kind: 'none' } }
  try {
    const header = await host.readStart(path, HEADER_BYTES)
    const base = baseOf(folder, backingNameOf(header))
    return { ...about, sizeBytes: Number(header.readBigUInt64BE(24)), base }
  } catch (error) {
    return { ...about, sizeBytes: 0, base: { kind: 'unreadable', why: (error as Error).message } }
  }
}

function baseOf(folder: string, name: string | null): Base {
  if (name === null) return { kind: 'none' }
  const path = resolve(folder, name)
  const own = dirname(path) === folder ? ownName(basename(path)) : undefined
  return own ? { kind: 'layer', id: own.id } : { kind: 'file', path }
}

function ownName(name: string): { id: LayerId; format: 'qcow2' | 'raw' } | undefined {
  const [, digits, format] = /^(\d{1,15})\.(qcow2|raw)$/.exec(name) ?? []
  if (digits === undefined) return undefined
  const own = { id: Number(digits), format: format === 'raw' ? 'raw' : 'qcow2' } as const
  return fileName(own) === name ? own : undefined
}

function numbers(names: readonly string[], pattern: RegExp): number[] {
  return names.flatMap(name => pattern.exec(name)?.[1] ?? []).map(Number)
}

async function list(folder: string): Promise<string[]> {
  try {
    return (await readdir(folder)).sort()
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return []
    throw error
  }
}

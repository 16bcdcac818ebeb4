/** A QEMU driver with a folder beside it where people lay their images, and a record of what it does to the host. */
import { execFile } from 'node:child_process'
import { chmod, mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import { promisify } from 'node:util'
import type { Driver, ImageSource, Layer } from '../../../../src/drivers/driver.ts'
import { type Host, type HostUser, realHost } from '../../../../src/drivers/qemu/host.ts'
import { type GuestPaths, guestPaths } from '../../../../src/drivers/qemu/paths.ts'
import { openQemuDriver } from '../../../../src/drivers/qemu/qemu-driver.ts'

const execute = promisify(execFile)

export interface ImageRig {
  readonly driver: Driver
  readonly stateDir: string
  readonly paths: GuestPaths
  /** Where the images lie that are brought; everybody may enter it. */
  readonly folder: string
  /** Effects on the host, in order: name and first argument. */
  readonly effects: string[]
  /** The name of the program in each `run`, `follow` and `launch`. */
  readonly programs: string[]
  /** Files below the folder of the layers. */
  files(): Promise<string[]>
  newImage(format?: ImageSource['format']): Layer
  run(program: string, ...args: string[]): Promise<string>
  close(): Promise<void>
}

export interface RigOptions {
  readonly user?: HostUser
  /** Before the driver is opened on it. */
  readonly stateDir?: string
  /** Puts something between the driver and the host. */
  readonly change?: (host: Host) => Host
  readonly imageMaxBytes?: number
}

const running = new Set(['run', 'follow', 'launch'])

export async function openImageRig(t: TestContext, options: RigOptions = {}): Promise<ImageRig> {
  const rig = await makeImageRig(options)
  t.after(() => rig.close())
  return rig
}

/** The caller closes it. */
export async function makeImageRig(options: RigOptions = {}): Promise<ImageRig> {
  const stateDir = options.stateDir ?? (await mkdtemp(join(tmpdir(), 'restpoint-images-')))
  const folder = await mkdtemp(join(tmpdir(), 'restpoint-brought-'))
  for (const path of [stateDir, folder]) await chmod(path, 0o711)
  const paths = guestPaths(stateDir)
  const effects: string[] = []
  const programs: string[] = []
  const host = realHost(options.user ?? null)
  const driver = await openQemuDriver(recorded((options.change ?? same)(host)), {
    stateDir,
    accel: 'tcg',
    mergeBytesPerSecond: 2 ** 26,
    ...(options.imageMaxBytes === undefined ? {} : { imageMaxBytes: options.imageMaxBytes }),
  })
  effects.length = programs.length = 0

  function recorded(inner: Host): Host {
    const entries = Object.entries(inner).map(([name, effect]) => {
      if (typeof effect !== 'function') return [name, effect]
      const record = (...args: unknown[]) => {
        effects.push(`${name} ${String(args[0])}`)
        if (running.has(name)) programs.push(String(args[0]))
        return effect(...args)
      }
      return [name, record]
    })
    return Object.fromEntries(entries) as Host
  }

  let lastId = 0
  return {
    driver,
    stateDir,
    paths,
    folder,
    effects,
    programs,
    files: () => readdir(paths.layers),
    newImage: (format = 'qcow2') => ({ id: ++lastId, sizeBytes: 0, format, isImage: true, file: null }),
    run: async (program, ...args) => (await execute(program, args)).stdout,
    async close() {
      await driver.close()
      for (const path of [stateDir, folder]) await rm(path, { recursive: true, force: true })
    },
  }
}

const same = (host: Host) => host
export const never = new AbortController().signal

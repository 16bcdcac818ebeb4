/** The demo server: a tiny Linux of Debian's own kernel and busybox, so that there is something to try at once. */
import { copyFile, lchown, mkdir, open } from 'node:fs/promises'
import { homedir } from 'node:os'
import { join, relative } from 'node:path'
import { type Db, inTransaction } from '../db/database.ts'
import type { Driver } from '../drivers/driver.ts'
import type { HostUser } from '../drivers/qemu/host.ts'
import { guestPaths } from '../drivers/qemu/paths.ts'
import { Failure } from '../errors.ts'
import { readLayer } from '../layers/store.ts'
import { readOffer } from '../servers/offer.ts'
import { type CreateRequest, requestCreate } from '../servers/request-create.ts'
import { buildGuest, guestKernelArguments } from './guest/build.ts'

export interface DemoOptions {
  readonly db: Db
  readonly driver: Driver
  readonly stateDir: string
  readonly user: HostUser | null
  readonly now: () => number
  readonly reserveBytes: number
  readonly say: (line: string) => void
}

/** Makes it if the host has no server yet; answers its id. May be repeated after a crash at any point. */
export async function makeDemoServer(options: DemoOptions): Promise<number | undefined> {
  const { db } = options
  if (await db.selectFrom('servers').select('id').executeTakeFirst()) return undefined
  options.say('Building the image of the demo server (a tiny Linux with a guest agent) …')
  const image = await importTinyLinux(options)
  options.say('Starting the demo server web-server-01 …')
  return createServer(options, image)
}

async function importTinyLinux({ db, stateDir, user, now, say }: DemoOptions): Promise<number> {
  const known = await db
    .selectFrom('images')
    .select('id')
    .where('name', '=', 'tiny-linux')
    .where('kernel', 'is not', null)
    .where('deleted_at', 'is', null)
    .executeTakeFirst()
  if (known) return known.id
  const paths = guestPaths(stateDir)
  const folder = join(paths.root, 'images', 'tiny-linux')
  await mkdir(join(paths.root, 'images'), { recursive: true, mode: 0o700 })
  const guest = await buildGuest({ outDir: folder, cacheDir: packageCache(), log: say })
  // A layer row that an interrupted start has left is taken up again; one of an import by the API is its image's.
  const layerId =
    (
      await db
        .selectFrom('layers')
        .select('id')
        .where('is_image', '=', 1)
        .where('state', '=', 'prepared')
        .where(
          'id',
          'not in',
          db.selectFrom('images').select('layer_id').where('layer_id', 'is not', null).$castTo<{ layer_id: number }>(),
        )
        .executeTakeFirst()
    )?.id ?? (await insertImageLayer(db, guest.virtualBytes, now()))
  const layer = await readLayer(db, layerId)
  await copyFile(guest.disk, paths.layer(layer))
  for (const path of [join(paths.root, 'images'), folder, guest.kernel, guest.initrd, paths.layer(layer)]) {
    if (user) await lchown(path, user.uid, user.gid)
  }
  // From our own folder, so that the state folder can be moved.
  const own = (path: string) => relative(paths.root, path)
  // Before a row says that they are there.
  for (const path of [guest.kernel, guest.initrd, folder, paths.layer(layer), paths.layers]) await sync(path)
  return inTransaction(db, async trx => {
    await trx.updateTable('layers').set({ state: 'live' }).where('id', '=', layerId).execute()
    const { id } = await trx
      .insertInto('images')
      .values({
        name: 'tiny-linux',
        os_name: 'Tiny Linux (Debian kernel, busybox)',
        layer_id: layerId,
        kernel: JSON.stringify({ kernel: own(guest.kernel), initrd: own(guest.initrd), append: guestKernelArguments }),
        created_at: now(),
      })
      .returning('id')
      .executeTakeFirstOrThrow()
    return id
  })
}

async function sync(path: string): Promise<void> {
  const handle = await open(path, 'r')
  try {
    await handle.sync()
  } finally {
    await handle.close()
  }
}

/** Downloaded Debian packages; may be emptied at any time. */
function packageCache(): string {
  return join(process.env['XDG_CACHE_HOME'] || join(homedir(), '.cache'), 'restpoint', 'packages')
}

async function insertImageLayer(db: Db, sizeBytes: number, now: number): Promise<number> {
  const { id } = await db
    .insertInto('layers')
    .values({
      account_id: null,
      parent_id: null,
      size_bytes: sizeBytes,
      format: 'qcow2',
      file: null,
      is_image: 1,
      state: 'prepared',
      created_at: now,
    })
    .returning('id')
    .executeTakeFirstOrThrow()
  return id
}

/** As anybody would: what is in the way is said, and tried again at the next start. */
async function createServer(options: DemoOptions, imageId: number): Promise<number | undefined> {
  const { db, driver, now, reserveBytes, say } = options
  const { id: accountId } = await db
    .selectFrom('accounts')
    .select('id')
    .where('deleted_at', 'is', null)
    .orderBy('id')
    .executeTakeFirstOrThrow()
  const wanted: CreateRequest = {
    accountId,
    name: 'web-server-01',
    hostname: 'web-server-01',
    location: 'local',
    imageId,
    plan: { name: 'tiny', vcpus: 1, memoryMb: 256, storageGb: 1 },
    disksGb: [],
    firmware: 'bios',
    network: 'user',
    // There it says who it is; it has no sshd.
    forwards: [{ guestPort: 80, hostPort: null }],
    cloudInit: null,
    autostart: true,
    quarantine: false,
  }
  try {
    const offer = await readOffer(db, driver, wanted)
    const made = await inTransaction(db, trx => requestCreate(trx, { now, reserveBytes }, wanted, offer))
    return made.serverId
  } catch (error) {
    if (!(error instanceof Failure)) throw error
    say(`The demo server could not be made. ${error.message} ${error.remedy}`)
    return undefined
  }
}

/**
 * The records as files: `ids.json`, `accounts.json`, `images/ID.json`, `servers/ID.json` in a folder of the service's
 * own, which QEMU's user cannot enter: a guest that broke out can neither read nor forge them.
 */
import { mkdir, open, readdir, readFile, rename, rm } from 'node:fs/promises'
import { dirname, join } from 'node:path'

export interface RecordFiles {
  /** By name; others' files in the folder are left out. */
  read(): Promise<Map<string, string>>
  /** Whole or not at all, and durably. */
  write(name: string, text: string): Promise<void>
  remove(name: string): Promise<void>
}

/** How a record names a file: from the state folder, where it lies in it. */
export function fileFrom(stateDir: string, path: string): string {
  return path.startsWith(`${stateDir}/`) ? path.slice(stateDir.length + 1) : path
}

const subfolders = ['images', 'servers']
const singles = ['ids.json', 'accounts.json']

export function recordFolder(folder: string): RecordFiles {
  return {
    async read() {
      const names = [...singles]
      for (const subfolder of subfolders) {
        const entries = await readdir(join(folder, subfolder)).catch(ifAbsent<string[]>([]))
        names.push(...entries.filter(entry => /^\d+\.json$/.test(entry)).map(entry => `${subfolder}/${entry}`))
      }
      const found = new Map<string, string>()
      for (const name of names) {
        const text = await readFile(join(folder, name), 'utf8').catch(ifAbsent(undefined))
        if (text !== undefined) found.set(name, text)
      }
      return found
    },

    async write(name, text) {
      const path = join(folder, name)
      await mkdir(dirname(path), { recursive: true, mode: 0o700 })
      const draft = `${path}.new`
      // One that a crash has left may be anything.
      await rm(draft, { force: true })
      const file = await open(draft, 'wx', 0o600)
      try {
        await file.writeFile(text)
        await file.sync()
      } finally {
        await file.close()
      }
      await rename(draft, path)
      await sync(dirname(path))
    },

    async remove(name) {
      const path = join(folder, name)
      await rm(path, { force: true })
      await sync(dirname(path))
    },
  }
}

/** A folder's entries survive a power cut only then. */
async function sync(folder: string): Promise<void> {
  const handle = await open(folder, 'r')
  try {
    await handle.sync()
  } finally {
    await handle.close()
  }
}

function ifAbsent<Value>(value: Value): (error: NodeJS.ErrnoException) => Value {
  return error => {
    if (error.code === 'ENOENT') return value
    throw error
  }
}

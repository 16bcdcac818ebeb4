import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { run } from '../support/run.ts'
import type { Guest } from '../support/ssh.ts'

const noQuestions = 'sudo DEBIAN_FRONTEND=noninteractive'
/** Where the guest finds the way to the mirror: the network `user` itself lets nothing out. */
const lendPort = 1080
const proxy = `socks5h://127.0.0.1:${lendPort}`
const apt = `${noQuestions} apt-get -y -q -o APT::Update::Error-Mode=any -o Acquire::http::Proxy=${proxy} -o Acquire::https::Proxy=${proxy}`
/** Minutes of work for a processor that is emulated. */
const limitMs = 3600_000

/**
 * Upgrades all packages of a guest from its mirror, which it reaches through ssh; what was done, in words. Where it does
 * not get there, or finds nothing newer, a package is installed instead, from a file that the host fetches.
 */
export async function upgrade(guest: Guest): Promise<string> {
  const updated = await guest.run(`${apt} update >&2 || echo failed`, { limitMs, lendPort })
  if (updated.endsWith('failed')) return `${await installFromHost(guest)}, because the guest reaches no package mirror`
  const said = await guest.run(`${apt} upgrade`, { limitMs, lendPort })
  const count = Number(/^(\d+) upgraded/m.exec(said)?.[1] ?? 0)
  if (count === 0) return `${await installFromHost(guest)}, because nothing was newer`
  return `${count} packages by apt-get upgrade, the mirror reached through ssh`
}

async function installFromHost(guest: Guest): Promise<string> {
  const folder = await mkdtemp(path.join(tmpdir(), 'restpoint-package-'))
  try {
    await run('apt-get', ['-o', 'APT::Sandbox::User=', 'download', 'hello'], { cwd: folder })
    const [name = ''] = await readdir(folder)
    await guest.run('cat >/tmp/package.deb', { input: await readFile(path.join(folder, name)) })
    await guest.run(`${noQuestions} dpkg --install /tmp/package.deb`, { limitMs })
    return `${name} by dpkg`
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

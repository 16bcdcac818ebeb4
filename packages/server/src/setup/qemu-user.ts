import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import type { HostUser } from '../drivers/qemu/host.ts'

const execute = promisify(execFile)

export async function lookUpUser(name: string): Promise<HostUser> {
  const number = async (option: '-u' | '-g') => Number((await execute('id', [option, '--', name])).stdout)
  return { uid: await number('-u'), gid: await number('-g') }
}

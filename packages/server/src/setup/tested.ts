/** On what the whole suite was really run. Elsewhere it may work as well; nobody has seen it. */
import { readFile } from 'node:fs/promises'

export const testedOn = [{ system: 'Debian 12', qemu: '7.2' }] as const

export async function warningIfUntested(driverVersion: string): Promise<string | undefined> {
  const release = await readFile('/etc/os-release', 'utf8').catch(() => '')
  const field = (name: string) => new RegExp(`^${name}="?([^"\n]*)"?$`, 'm').exec(release)?.[1] ?? 'unknown'
  const system = `${field('NAME').replace(' GNU/Linux', '')} ${field('VERSION_ID')}`
  const isTested = testedOn.some(row => row.system === system && driverVersion.startsWith(`QEMU ${row.qemu}.`))
  if (isTested) return undefined
  const list = testedOn.map(row => `${row.system} with QEMU ${row.qemu}`).join(', ')
  return `Not tested on ${system} with ${driverVersion}; tested on ${list}. Try it with data that you can lose first.`
}

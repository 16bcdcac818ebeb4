/** docs/tested.md, as it was measured. */
import { writeFile } from 'node:fs/promises'
import path from 'node:path'
import type { HostFacts } from './host.ts'
import { duration, type Step } from './report.ts'

export interface Measured {
  readonly host: HostFacts
  readonly acceleration: string
  /** What ran in the guests. */
  readonly guest: string
  readonly builtAt: Date
  readonly ranAt: Date
  readonly steps: readonly Step[]
}

export const pageFile = path.resolve(import.meta.dirname, '../../docs/tested.md')

export async function writePage(measured: Measured): Promise<void> {
  await writeFile(pageFile, pageOf(measured))
}

export function pageOf({ host, acceleration, guest, builtAt, ranAt, steps }: Measured): string {
  const day = (date: Date) => date.toISOString().slice(0, 10)
  const total = steps.reduce((sum, { seconds }) => sum + seconds, 0)
  return `# Tested with a real system

Written by \`npm run test:distro -- --write\`. That command builds a Debian image as clouds offer them, imports it, and leads a server of it
through its whole life by nothing but the API and ssh. A database in the guest writes without pause, and each commit that it acknowledged is
noted outside of it. After every step that could lose something the database is examined: \`pg_amcheck\` looks into all pages and
indexes, each row is held against what was written, and nothing that was acknowledged may be missing.

## On what

| | |
| --- | --- |
| Day | ${day(ranAt)} |
| Host | ${host.system} |
| Machine | ${host.machine} |
| QEMU | ${host.qemu} |
| Acceleration | ${accelerationText(acceleration)} |
| UEFI | ${host.firmware} |
| Guest | ${guest}; built with mmdebstrap on ${day(builtAt)} |

${honesty(host, acceleration)}

## What happened

| Step | Took | Seen |
| --- | --- | --- |
${steps.map(({ title, seconds, seen }) => `| ${title} | ${duration(seconds)} | ${seen} |`).join('\n')}

All in all ${duration(total)}. Times include what the test itself does: logging in, counting, examining.
`
}

const accelerationText = (acceleration: string) =>
  acceleration === 'tcg' ? 'TCG: QEMU emulates the processor' : acceleration.toUpperCase()

/** What the times are worth. */
function honesty({ load, processors }: HostFacts, acceleration: string): string {
  const emulated =
    'Emulation makes everything that a guest computes many times slower than KVM would: the boots, the logins, the upgrade. What Restpoint\n' +
    'does itself hardly depends on it. Nothing of this has been run with KVM.'
  const shared =
    `Others worked on the machine meanwhile (a load of ${load.toFixed(1)} on ${processors} processors, the guests' own included), so that all times are ` +
    'longer\nthan they would be alone.'
  return [acceleration === 'tcg' ? emulated : '', load > processors * 1.5 ? shared : ''].filter(Boolean).join('\n')
}

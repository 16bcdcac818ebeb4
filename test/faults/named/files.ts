/** Which tests are counted as faults, and under which name. */
import type { Cell } from '../tally.ts'

export interface NamedFaults {
  /** Below the project's folder. */
  readonly file: string
  readonly fault: string
  readonly on: Cell['on']
}

const system = 'test/system'
const qemu = 'packages/server/test/drivers/qemu'

export const files: readonly NamedFaults[] = [
  { file: `${system}/merge-crash.test.ts`, fault: 'killed at the worst moments of a merge', on: 'qemu' },
  { file: `${system}/clones-crash.test.ts`, fault: 'killed while what a clone stands on is merged', on: 'qemu' },
  { file: `${system}/clones-rounds.test.ts`, fault: 'a start at a random moment of a merge', on: 'qemu' },
  { file: `${system}/clones-merge.test.ts`, fault: 'a start in the middle of a merge', on: 'qemu' },
  { file: `${system}/merge-gives-way.test.ts`, fault: 'a request in the middle of a merge', on: 'qemu' },
  {
    file: `${system}/consistency.test.ts`,
    fault: 'an agent that hangs, is absent or lies; death between freeze and thaw',
    on: 'qemu',
  },
  {
    file: `${qemu}/keeper/faults.test.ts`,
    fault: 'an agent that falls asleep or dies; keeper or service gone',
    on: 'qemu',
  },
  { file: `${qemu}/unreachable.test.ts`, fault: 'a QEMU that does not answer', on: 'qemu' },
  { file: `${system}/postgres.test.ts`, fault: 'PostgreSQL is ended as by a power cut', on: 'qemu and postgres' },
  { file: `${system}/power-off.test.ts`, fault: 'the host goes down', on: 'qemu' },
  { file: `${system}/disk-full.test.ts`, fault: 'the disk of the host is full', on: 'qemu' },
  { file: `${system}/rebuild.test.ts`, fault: 'the database is lost', on: 'qemu' },
  {
    file: 'packages/server/test/layers/merge-not-recorded.test.ts',
    fault: 'a start between pivot and record',
    on: 'sqlite',
  },
]

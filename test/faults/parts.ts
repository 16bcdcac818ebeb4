/** What `npm run test:faults` consists of. Two run at a time, the longest first. */
export interface Part {
  readonly name: string
  /** Below this folder. */
  readonly program: string
  readonly args: readonly string[]
  readonly limitMinutes: number
}

const part = (name: string, limitMinutes: number, ...args: string[]): Part => ({
  name,
  program: `${name.split(' ')[0]}/main.ts`,
  args,
  limitMinutes,
})

export const parts: readonly Part[] = [
  part('soak', 14, '--kills', '90', '--minutes', '11'),
  part('effects', 19),
  part('mutants', 14),
  part('named', 18),
  part('soak on PostgreSQL', 9, '--kills', '30', '--minutes', '6', '--postgres'),
  part('model', 8),
  part('bad-input', 6),
]

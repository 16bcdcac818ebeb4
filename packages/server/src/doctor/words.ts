/** The findings as an operator reads them: first the verdict, then what is wrong, the worst first. */
import type { Finding, Level } from './finding.ts'
import { invariants } from './invariants.ts'

const headings: Readonly<Record<Level, string>> = {
  damage: 'Damage: data is lost, wrong or in danger',
  fault: 'Faults: something does not work, or is left over',
  unknown: 'Unknown: nobody can say whether it is well',
}

export function verdict(findings: readonly Finding[], stateDir: string): string {
  if (findings.length === 0) return `All is well with ${stateDir}: ${invariants.length} rules were looked at.`
  const counts = (Object.keys(headings) as Level[])
    .map(level => ({ level, count: findings.filter(finding => finding.level === level).length }))
    .filter(({ count }) => count > 0)
    .map(({ level, count }) => `${count} ${level}`)
  return `Not all is well with ${stateDir}: ${counts.join(', ')}.`
}

export function tellFindings(findings: readonly Finding[]): string[] {
  return (Object.keys(headings) as Level[]).flatMap(level => {
    const of = findings.filter(finding => finding.level === level)
    if (of.length === 0) return []
    const lines = of.flatMap(({ invariant, text, remedy }) => [
      `  ${invariant.padEnd(4)} ${text}`,
      `       → ${remedy}`,
    ])
    return ['', headings[level], ...lines]
  })
}

/**
 * `npm run doctor`: looks whether all is well with a state folder, its database and its servers, and changes nothing
 * unless asked to (`--repair`). The service may run, hang or be stopped. Exit code 0: all is well; 1: something is not,
 * and it was said; 2: it could not be looked at.
 */
import { parseArgs } from 'node:util'
import type { Config } from './config.ts'
import { examine } from './doctor/examine.ts'
import { CannotLook } from './doctor/finding.ts'
import type { ExamineOptions } from './doctor/options.ts'
import { repair } from './doctor/repair.ts'
import { tellFindings, verdict } from './doctor/words.ts'
import { configOfThisProcess, explain } from './main.ts'
import { lookUpUser } from './setup/qemu-user.ts'
import { say } from './setup/welcome.ts'

interface Asked {
  readonly json: boolean
  readonly deep: boolean
  readonly repair: boolean
  readonly log: readonly string[]
}

/** True when nothing is wrong (any more). */
export async function doctor(config: Config, asked: Asked): Promise<boolean> {
  const { stateDir } = config
  const options: ExamineOptions = {
    postgres: config.database,
    qemuUser: config.qemuUser === null ? null : await lookUpUser(config.qemuUser),
    deep: asked.deep,
    snapshotLimit: config.snapshotLimit,
    reserveMb: config.reserveMb,
    logs: asked.log,
  }
  let findings = await examine(stateDir, options)
  const before = findings
  const repaired = asked.repair
    ? await repair(stateDir, findings, { ...options, hasQemuUser: config.qemuUser !== null })
    : []
  if (repaired.length > 0) findings = await examine(stateDir, options)
  if (asked.json) {
    say(JSON.stringify({ ok: findings.length === 0, findings, ...(asked.repair ? { before, repaired } : {}) }, null, 2))
  } else {
    const lines = [verdict(findings, stateDir), ...(repaired.length > 0 ? ['', 'Repaired', ...indented(repaired)] : [])]
    for (const line of [...lines, ...tellFindings(findings)]) say(line)
  }
  return findings.length === 0
}

function indented(lines: readonly string[]): string[] {
  return lines.map(line => `  ${line}`)
}

if (import.meta.main) {
  try {
    const { values } = parseArgs({
      options: {
        json: { type: 'boolean', default: false },
        deep: { type: 'boolean', default: false },
        repair: { type: 'boolean', default: false },
        log: { type: 'string', multiple: true, default: [] },
      },
    })
    process.exit((await doctor(configOfThisProcess(), values)) ? 0 : 1)
  } catch (error) {
    if (error instanceof CannotLook) process.stderr.write(`${error.message}\n`)
    else explain(error)
    process.exit(2)
  }
}

/** `npm run conformance -- --url http://… --token rp_…`: does a server keep to the contract of this API? */
import { parseArgs } from 'node:util'
import { type Level, levels } from './check.ts'
import { type Result, runSuite } from './run.ts'
import { NoServer, type Options } from './session.ts'

const USAGE = `Does a server keep to the contract of the snapshots API?

  npm run conformance -- --url http://127.0.0.1:8600 --token rp_…

  --url URL         where the API is, with or without /api/v1/
  --token TOKEN     a token with every permission (or CONFORMANCE_TOKEN in the environment)
  --server-id N     the server to work on; else the one with the fewest snapshots.
                    It is restored to how it was at the beginning of the run, and restarted:
                    choose one whose work you can do without
  --level LEVEL     documented: what is publicly documented of the API; full (default): Restpoint's own decisions as well
  --foreign-id N    a snapshot of another account, for the check that needs one
  --timeout SECONDS how long an operation may take (default 1200)
  --json            the results as one JSON document

Exit code: 0 all passed, 1 something failed, 2 it could not run.
`

function readOptions(): Options & { json: boolean } {
  const { values } = parseArgs({
    options: {
      url: { type: 'string' },
      token: { type: 'string' },
      'server-id': { type: 'string' },
      level: { type: 'string', default: 'full' },
      'foreign-id': { type: 'string' },
      timeout: { type: 'string', default: '1200' },
      json: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  })
  if (values.help) {
    process.stdout.write(USAGE)
    process.exit(0)
  }
  const token = values.token ?? process.env.CONFORMANCE_TOKEN
  if (!values.url || !URL.canParse(values.url)) throw new Error('--url is missing or no URL')
  if (!token) throw new Error('--token is missing')
  if (!levels.includes(values.level as Level)) throw new Error(`--level is one of ${levels.join(', ')}`)
  return {
    url: values.url,
    token,
    level: values.level as Level,
    serverId: whole(values['server-id'], '--server-id'),
    foreignId: whole(values['foreign-id'], '--foreign-id'),
    timeoutMs: (whole(values.timeout, '--timeout') ?? 0) * 1000,
    pollMs: 20,
    json: values.json,
  }
}

function whole(value: string | undefined, name: string): number | undefined {
  if (value === undefined) return undefined
  if (!/^[1-9]\d{0,15}$/.test(value)) throw new Error(`${name} is a whole number`)
  return Number(value)
}

function line({ outcome, id, level, says, expected, actual, reason }: Result): string {
  const mark = { passed: 'pass', failed: 'FAIL', skipped: 'skip' }[outcome]
  const head = `${mark}  ${id}  (${level}) ${says}\n`
  if (outcome === 'skipped') return `${head}        because: ${reason}\n`
  return outcome === 'failed' ? `${head}        expected: ${expected}\n        actual:   ${actual}\n` : head
}

let options: ReturnType<typeof readOptions>
try {
  options = readOptions()
} catch (error) {
  process.stderr.write(`${(error as Error).message}\n\n${USAGE}`)
  process.exit(2)
}

try {
  const results = await runSuite(options, result => options.json || process.stdout.write(line(result)))
  const count = (outcome: Result['outcome']) => results.filter(result => result.outcome === outcome).length
  const totals = { passed: count('passed'), failed: count('failed'), skipped: count('skipped') }
  if (options.json) process.stdout.write(`${JSON.stringify({ ...totals, results }, null, 2)}\n`)
  else process.stdout.write(`${totals.passed} passed, ${totals.failed} failed, ${totals.skipped} skipped\n`)
  process.exitCode = totals.failed > 0 ? 1 : 0
} catch (error) {
  const cause = (error as { cause?: unknown }).cause
  process.stderr.write(`${error instanceof NoServer ? error.message : `${error}${cause ? ` (${cause})` : ''}`}\n`)
  process.exitCode = 2
}

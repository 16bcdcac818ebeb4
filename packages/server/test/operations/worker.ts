/**
 * A process with an engine of its own: `node worker.ts <database> <log> <lease ms>`. An operation whose input says
 * `hold` waits in its effect, says `held <id>`, and goes on when it reads a line. Everything it does is in the log,
 * one line appended a time: `start|end <id> <pid>`.
 */
import { appendFileSync } from 'node:fs'
import { createInterface } from 'node:readline'
import { setTimeout as sleep } from 'node:timers/promises'
import type { OperationKind } from '../../src/operations/operation.ts'
import { connect } from '../support/database.ts'
import { makeEngine } from '../support/engine.ts'

const [address, log, leaseMs] = process.argv.slice(2) as [string, string, string]
const db = connect(address)
const lines = createInterface({ input: process.stdin })
const say = (text: string) => process.stdout.write(`${text}\n`)

const shared: OperationKind<{ hold?: boolean }, object> = {
  kind: 'shared',
  deadlineMs: null,
  background: false,
  cancellable: false,
  steps: [
    {
      name: 'work',
      weight: 1,
      run: async ({ operation, input }) => {
        appendFileSync(log, `start ${operation.id} ${process.pid}\n`)
        if (input.hold) {
          say(`held ${operation.id}`)
          await new Promise(resolve => lines.once('line', resolve))
        } else await sleep(2)
        appendFileSync(log, `end ${operation.id} ${process.pid}\n`)
        return undefined
      },
      record: async (trx, { operation }) => {
        // Fails for good if it is ever recorded twice: the digest is unique.
        const name = `${operation.id}`
        const row = { account_id: operation.accountId, name, digest: name, permissions: '[]', created_at: process.pid }
        await trx.insertInto('tokens').values(row).execute()
      },
    },
  ],
}

const engine = makeEngine([shared], { db, leaseMs: Number(leaseMs), backoffMs: () => 10 })
await engine.start()
say('ready')

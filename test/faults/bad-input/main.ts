/**
 * Bad input: the whole corpus, sent to every route of a real service, on SQLite and on PostgreSQL. A surprise is anything
 * but a refusal by the contract: a 5xx, a crash, an effect, an answer or a log that tells too much.
 */
import { nothing, readPartOptions, report } from '../tally.ts'
import { databases, sendCorpus } from './send.ts'

const options = readPartOptions()
let badInputs = 0
const surprises: string[] = []
for (const database of options.quick ? databases.slice(0, 1) : databases) {
  const start = performance.now()
  const sent = await sendCorpus(database)
  badInputs += sent.inputs
  surprises.push(...sent.surprises.map(surprise => `[${database}] ${surprise}`))
  const seconds = Math.round((performance.now() - start) / 1000)
  console.log(`${database}: ${sent.inputs} bad inputs, ${sent.surprises.length} surprises (${seconds} s)`)
}
await report({ ...nothing, badInputs, surprises }, options)

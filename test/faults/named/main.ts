/** The faults that have a test of their own in `npm test`, run once more and counted: each test is a cell. */
import path from 'node:path'
import { run } from 'node:test'
import { type Cell, nothing, readPartOptions, report } from '../tally.ts'
import { files } from './files.ts'

const projectFolder = path.resolve(import.meta.dirname, '../../..')
const TIMEOUT_MS = 10 * 60_000

process.env['FAULTS'] = 'all'
const options = readPartOptions()
const cells: Cell[] = []
for (const { file, fault, on } of files) {
  const before = cells.length
  // A test that holds others is told after them, one level further out.
  let deepest = 0
  const stream = run({ files: [path.join(projectFolder, file)], timeout: TIMEOUT_MS, concurrency: 1 })
  const take = (name: string, nesting: number, lost: string | null) => {
    const isLeaf = nesting >= deepest
    deepest = nesting
    // The failure of whoever holds the others may be its own: in what comes before or after them.
    if (isLeaf || lost !== null) cells.push({ fault, during: name, at: path.basename(file, '.test.ts'), on, lost })
  }
  stream.on('test:pass', ({ name, nesting, skip }) => take(name, nesting, skip ? `skipped: ${skip}` : null))
  stream.on('test:fail', ({ name, nesting, details }) => take(name, nesting, details.error.message))
  stream.resume()
  await new Promise(done => stream.once('end', done))
  const mine = cells.slice(before)
  console.log(`  ${file}: ${mine.length} cells, ${mine.filter(cell => cell.lost !== null).length} lost`)
}
await report({ ...nothing, cells }, options)

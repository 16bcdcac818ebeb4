/** docs/doctor.md lists the rules that the doctor looks at, and says of the others that it does not. */
import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import path from 'node:path'
import { test } from 'node:test'
import { invariants } from '../../packages/server/src/doctor/invariants.ts'

test('the list of rules is the one that is looked at', async () => {
  const text = await readFile(path.resolve(import.meta.dirname, '../../docs/doctor.md'), 'utf8')
  const rows = [...text.matchAll(/^\| (I\d+) \| (.+?) \| (.+?) \|$/gm)].map(([, id, title, how]) => ({
    id,
    title,
    how,
  }))
  const lookedAt = rows
    .filter(({ how }) => !how?.startsWith('Only in the tests'))
    .map(({ id, title }) => ({ id, title }))
  assert.deepEqual(
    lookedAt,
    invariants.map(({ id, title }) => ({ id, title })),
  )
  assert.ok(text.includes(` ${invariants.length} rules were looked at.`))
  const numbers = [...Array.from({ length: 27 }, (_, index) => index + 1), 33, 34]
  assert.deepEqual(
    rows.map(({ id }) => id),
    numbers.map(number => `I${number}`),
  )
})

/** The bugs are where they were thought to be, and the tests that are to catch them are there. `main.ts` plants them. */
import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import path from 'node:path'
import { test } from 'node:test'
import { plant } from './bug.ts'
import { bugs } from './bugs.ts'
import { projectFolder, sourceFolder } from './copy.ts'

test('there are enough of them, and no two are the same', () => {
  assert.ok(bugs.length >= 18, `${bugs.length} bugs`)
  for (const key of ['name', 'with'] as const) {
    const said = bugs.map(bug => JSON.stringify([key === 'name' ? '' : [bug.file, bug.replace], bug[key]]))
    assert.equal(new Set(said).size, bugs.length)
  }
})

for (const bug of bugs) {
  test(`${bug.name}: it applies, and there are tests for it`, async () => {
    const source = await readFile(path.join(projectFolder, sourceFolder, bug.file), 'utf8')
    assert.notEqual(plant(bug, source), source)
    assert.ok(bug.caughtBy.length > 0)
    for (const { file } of bug.caughtBy) assert.ok(existsSync(path.join(projectFolder, file)), file)
  })
}

import assert from 'node:assert/strict'
import { fstatSync } from 'node:fs'
import { open, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { isJournal } from '../../src/setup/journal.ts'

test('the journal is told by the stream that systemd names', async t => {
  const path = join(tmpdir(), `restpoint-journal-${process.pid}`)
  const file = await open(path, 'w')
  t.after(async () => {
    await file.close()
    await rm(path)
  })
  const { dev, ino } = fstatSync(file.fd)
  assert.equal(isJournal(file.fd, `${dev}:${ino}`), true)
  assert.equal(isJournal(file.fd, `${dev}:${ino + 1}`), false)
  assert.equal(isJournal(file.fd, undefined), false)
  assert.equal(isJournal(file.fd, ''), false)
})

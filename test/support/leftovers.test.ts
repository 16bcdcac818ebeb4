import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { test } from 'node:test'
import { leftoversOf } from './leftovers.ts'

const disguises: Record<string, (folder: string) => { args: string[]; env: NodeJS.ProcessEnv }> = {
  'command line': folder => ({ args: ['-f', '/dev/null', folder], env: {} }),
  environment: folder => ({ args: ['-f', '/dev/null'], env: { TMPDIR: folder } }),
}

for (const [place, disguise] of Object.entries(disguises)) {
  test(`a process that names the folder in its ${place} is found until it ends`, async t => {
    const folder = await mkdtemp(path.join(tmpdir(), 'restpoint-leftovers-'))
    t.after(() => rm(folder, { recursive: true, force: true }))
    const { args, env } = disguise(folder)
    const child = spawn('/usr/bin/tail', args, { env, stdio: 'ignore' })
    t.after(() => child.kill('SIGKILL'))
    await once(child, 'spawn')
    assert.deepEqual(
      (await leftoversOf(folder, 0)).map(({ pid }) => pid),
      [child.pid],
    )
    child.kill('SIGKILL')
    await once(child, 'exit')
    assert.deepEqual(await leftoversOf(folder, 0), [])
  })
}

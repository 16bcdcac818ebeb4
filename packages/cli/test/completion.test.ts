import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { test } from 'node:test'
import { wordsOf } from '../src/completion.ts'
import { buildProgram } from '../src/program.ts'
import { openCli } from './support/cli.ts'

const next = wordsOf(await buildProgram({ isWhole: true, act: async () => {} }))

test('bash completes commands, options and choices', async t => {
  const { stdout: script } = await openCli(t).run(['completion', 'bash'])
  const complete = (...words: string[]) => {
    const typed = ['restpoint', ...words].map(word => `'${word}'`).join(' ')
    const asked = `COMP_WORDS=(${typed}); COMP_CWORD=${words.length}; _restpoint; printf '%s\\n' "\${COMPREPLY[@]}"`
    return execFileSync('bash', ['-c', `${script}\n${asked}`], { encoding: 'utf8' })
      .trim()
      .split('\n')
  }
  assert.deepEqual(complete('s'), ['server', 'snapshot', 'serve'])
  assert.deepEqual(complete('snapshot', 're'), ['restore'])
  assert.deepEqual(complete('snapshot', 'create', 'web', '--n'), ['--name', '--no-wait'])
  assert.deepEqual(complete('snapshot', 'create', 'web', '--j'), ['--json'])
  assert.deepEqual(complete('completion', 'z'), ['zsh'])
  assert.deepEqual(complete('server', ''), next.find(({ after }) => after === 'server')?.words)
})

for (const shell of ['zsh', 'fish']) {
  test(`${shell} gets the same words`, async t => {
    const { stdout: script } = await openCli(t).run(['completion', shell])
    assert.ok(next.length > 30)
    for (const { after, words } of next) {
      assert.ok(script.includes(`'${after} `), after)
      assert.ok(script.includes(words.join(' ')), after)
    }
  })
}

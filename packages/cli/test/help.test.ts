/** Help and the page about the commands, held against the program. */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import path from 'node:path'
import { test } from 'node:test'
import type { Command } from 'commander'
import { codeOf, sectionOf, tablesOf } from '../../../test/docs/markdown.ts'
import { commands } from '../src/commands.ts'
import { exitCodes } from '../src/exit-codes.ts'
import { buildProgram, commonOptions, isGroup } from '../src/program.ts'
import { settingsPath } from '../src/settings-file.ts'
import { openCli } from './support/cli.ts'

const readme = readFileSync(path.resolve(import.meta.dirname, '../README.md'), 'utf8')
const paths = Object.entries(commands).flatMap(([noun, entry]) =>
  isGroup(entry) ? Object.keys(entry.commands).map(verb => [noun, verb]) : [[noun]],
)

const program = await buildProgram({ isWhole: true, act: async () => {} })

function find(words: readonly string[]): Command {
  return words.reduce<Command>((at, word) => at.commands.find(one => one.name() === word) as Command, program)
}

/** The example in its help, as words. */
async function exampleOf(words: readonly string[]): Promise<string[]> {
  const entry = commands[words[0] ?? '']
  const load = entry && isGroup(entry) ? entry.commands[words[1] ?? ''] : entry
  const { command } = (await (load as () => Promise<{ command: { example: string } }>)()) as {
    command: { example: string }
  }
  return command.example.split(' ')
}

test('every command has an example, and it is one', async () => {
  assert.ok(paths.length > 30)
  for (const words of paths) {
    const example = await exampleOf(words)
    const from = example.findIndex(word => word.endsWith('restpoint'))
    const args = example.slice(from + 1).filter(word => !word.endsWith(')'))
    const to = args.indexOf('<')
    const typed = to < 0 ? args : args.slice(0, to)
    if (words[0] === 'completion') typed.push('bash')
    assert.deepEqual(typed.slice(0, words.length), words)
    let acted = 0
    const fresh = await buildProgram({ isWhole: false, act: async () => void acted++ })
    await fresh.parseAsync(typed, { from: 'user' })
    assert.equal(acted, 1, example.join(' '))
  }
})

test('--help shows the command, its options, what every command has, and the example', async t => {
  const cli = openCli(t)
  const { code, stdout, stderr } = await cli.run(['snapshot', 'create', '--help'])
  assert.deepEqual([code, stderr], [0, ''])
  for (const part of ['Take a snapshot', '--consistency', '--token-file', 'Example:\n  restpoint snapshot create web'])
    assert.ok(stdout.includes(part), part)
  const root = await cli.run(['--help'])
  for (const name of Object.keys(commands)) assert.match(root.stdout, new RegExp(`^ {2}${name}\\b.* {2}\\w`, 'm'))
  const group = await cli.run(['help', 'server'])
  assert.match(group.stdout, /^ {2}layers .*show the tree of layers/m)
  assert.match((await cli.run(['--version'])).stdout, /^\d+\.\d+\.\d+\n$/)
})

test('the page lists every command with its options', () => {
  const rows = tablesOf(sectionOf(readme, 'Commands')).flatMap(({ rows }) => rows)
  const told = rows.map(([usage, , options]) => ({ usage: codeOf(usage), options: codes(options ?? '') }))
  const wanted = paths.map(words => {
    const command = find(words)
    const needed = command.registeredArguments.map(one => {
      const name = `${one.name()}${one.variadic ? '...' : ''}`
      return one.required ? `<${name}>` : `[${name}]`
    })
    const flags = command.options.filter(({ mandatory }) => mandatory).map(({ flags }) => flags)
    return {
      usage: ['restpoint', ...words, ...needed, ...flags].join(' '),
      options: command.options.filter(({ mandatory }) => !mandatory).map(({ flags }) => flags),
    }
  })
  assert.deepEqual(told, wanted)
})

test('the page lists what every command has, the exit codes, and where things are kept', () => {
  const [common] = tablesOf(sectionOf(readme, 'What every command has'))
  assert.deepEqual(
    common?.rows.map(([flags]) => codeOf(flags)),
    [...Object.keys(commonOptions), '-h, --help'],
  )
  const [codes] = tablesOf(sectionOf(readme, 'Exit codes'))
  assert.deepEqual(
    codes?.rows,
    Object.values(exitCodes).map(({ code, means }) => [String(code), means]),
  )
  assert.ok(readme.includes(`\`${settingsPath({ XDG_CONFIG_HOME: '$XDG_CONFIG_HOME' })}\``))
})

function codes(cell: string): string[] {
  return [...cell.matchAll(/`([^`]+)`/g)].map(match => match[1] ?? '')
}

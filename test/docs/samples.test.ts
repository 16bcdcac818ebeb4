/**
 * Every sample of every page of the documentation, in all three languages, against a service: taken from the page as a
 * reader gets it, filled with ids of things that are in a state for it, and run as the page says.
 */
import assert from 'node:assert/strict'
import { execFile, spawn } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { test } from 'node:test'
import { promisify } from 'node:util'
import { readAnswers } from '../../packages/docs/src/answers.ts'
import { committedDocument } from '../../packages/docs/src/check.ts'
import { structureOf } from '../../packages/docs/src/document.ts'
import { type SampleLanguage, sampleLanguages } from '../../packages/docs/src/samples.ts'
import { needs } from '../support/needs.ts'
import { answersIn, blocksIn, type Sample, samplesIn } from './samples/blocks.ts'
import { addServer, openSampleWorld, prepare, type SampleWorld } from './samples/world.ts'

const execute = promisify(execFile)
const structure = structureOf(committedDocument())
const operations = new Map(structure.nouns.flatMap(noun => noun.operations.map(one => [one.id, one])))

/** As pasted; but curl fails on a status that tells of a failure. */
const strictCurl = 'set -euo pipefail\ncurl() { command curl --silent --show-error --fail-with-body "$@"; }\n'

test('every sample of the documentation', { skip: needs('bash', 'curl', 'python3') }, async t => {
  const world = await openSampleWorld(t)
  const folder = await mkdtemp(path.join(tmpdir(), 'restpoint-samples-'))
  t.after(() => rm(folder, { recursive: true, force: true }))
  const read = async (address: string) => (await fetch(`${world.url}${address}`)).text()
  await read('/docs/en/')
  const { languages, editions } = world.site() ?? assert.fail('no page was asked for')
  const pages = editions.get('en')?.pages ?? []

  const samples = new Map<string, Sample>()
  await t.test('is the same in every language of the site, and all code is a sample or an answer', async () => {
    for (const page of pages) {
      const place = page === 'home' ? '' : `${page}/`
      const english = await read(`/docs/en/${place}`)
      const found = samplesIn(english)
      const texts = found.map(sample => [sample.name, sample.texts({})])
      assert.equal(blocksIn(english), found.length * 3 + answersIn(english).length, page)
      for (const { code } of languages) {
        const other = await read(`/docs/${code}/${place}`)
        assert.deepEqual(
          samplesIn(other).map(sample => [sample.name, sample.texts({})]),
          texts,
          `${code} ${page}`,
        )
        assert.deepEqual(answersIn(other), answersIn(english), `${code} ${page}`)
      }
      for (const sample of found) samples.set(sample.name, sample)
    }
    assert.deepEqual(
      [...operations.keys()].filter(id => !samples.has(id)),
      [],
    )
  })

  const answers = readAnswers()
  const servers = Object.fromEntries(
    await Promise.all(sampleLanguages.map(async language => [language, await addServer(world)])),
  ) as Record<SampleLanguage, number>
  for (const [name, sample] of samples) {
    await t.test(name, async () => {
      world.seen.length = 0
      const tried = async (language: SampleLanguage) => {
        const values = await prepare(world, servers[language], name)
        const stream = operations.get(name)?.responses.some(({ isStream }) => isStream) === true
        const shown = sample.texts(values)[language]
        // The code of a link is a secret: the sample shows one that never was.
        const { code } = (operations.get(name)?.body?.example ?? {}) as { code?: string }
        const text = code === undefined ? shown : shown.replace(code, String(values['code']))
        const command = await commands[language](text, folder)
        const said = await (stream ? watched : started)(command, world)
        const seenBy = () => world.seen.filter(({ by }) => by.startsWith(clients[language]))
        // That it was cut off is heard of a moment later.
        while (stream && seenBy().length === 0) await new Promise(resolve => setTimeout(resolve, 5))
        const seen = seenBy()
        for (const { status, url } of seen) assert.ok(status < 300, `${language}: ${url} ${status}`)
        const operation = operations.get(name)
        if (!operation) return
        assert.deepEqual(
          seen.map(({ method }) => method),
          [operation.method],
          language,
        )
        assert.match(
          seen[0]?.url ?? '',
          new RegExp(`^${operation.path.replaceAll(/\{\w+\}/g, '\\d+')}(\\?|$)`),
          language,
        )
        if (language === 'curl' && name in answers) assert.deepEqual(shapeOf(JSON.parse(said)), shapeOf(answers[name]))
      }
      if (oneAfterTheOther.has(name)) for (const language of sampleLanguages) await tried(language)
      else await Promise.all(sampleLanguages.map(tried))
      if (name === 'prune') {
        const { results } = (await world.call('snapshots/')).body
        const left = results.filter((one: { name: string }) => one.name.startsWith('nightly-'))
        assert.deepEqual(left.map((one: { name: string }) => one.name).sort(), [
          ...['nightly-2', 'nightly-2', 'nightly-2', 'nightly-3', 'nightly-3', 'nightly-3'],
          ...['nightly-4', 'nightly-4', 'nightly-4'],
        ])
      }
    })
  }
})

/** All others are tried side by side, each on a server of its own; but there is one account with the email of the sample, and one link. */
const oneAfterTheOther = new Set(['createAccount', 'signIn'])

/** How each calls itself. */
const clients: Record<SampleLanguage, string> = { curl: 'curl/', python: 'Python-urllib/', javascript: 'node' }

interface Command {
  readonly program: string
  readonly args: string[]
}

const commands: Record<SampleLanguage, (text: string, folder: string) => Promise<Command>> = {
  curl: async text => ({ program: 'bash', args: ['-c', strictCurl + text] }),
  python: async text => ({ program: 'python3', args: ['-c', text] }),
  javascript: async (text, folder) => {
    const file = path.join(folder, 'sample.mjs')
    await writeFile(file, text)
    return { program: process.execPath, args: [file] }
  },
}

const environment = ({ token }: SampleWorld) => {
  return { PATH: process.env['PATH'], HOME: tmpdir(), RESTPOINT_TOKEN: token }
}

async function started({ program, args }: Command, world: SampleWorld): Promise<string> {
  const { stdout } = await execute(program, args, { env: environment(world), timeout: 60_000 })
  return stdout
}

/** What does not end by itself: until it has said something that the service has sent. */
async function watched({ program, args }: Command, world: SampleWorld): Promise<string> {
  // With what it starts, as a terminal would end it.
  const child = spawn(program, args, { env: environment(world), detached: true, stdio: ['ignore', 'pipe', 'inherit'] })
  const timer = setTimeout(() => process.kill(-(child.pid as number), 'SIGKILL'), 60_000)
  let said = ''
  try {
    for await (const piece of child.stdout) {
      said += piece
      if (said.includes('event: reset')) return said
    }
    throw new Error(`it ended: ${said}`)
  } finally {
    clearTimeout(timer)
    if (child.exitCode === null && child.signalCode === null) process.kill(-(child.pid as number), 'SIGKILL')
  }
}

/** Keys and types; a null may be anything another time, and so may what a list has in it when it is empty. */
function shapeOf(value: unknown): unknown {
  if (Array.isArray(value)) return 'list'
  if (value === null || typeof value !== 'object') return 'value'
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, shapeOf(inner)]))
}

/**
 * Every sample of every page of the documentation, in all three languages, against a service: taken from the page as a
 * reader gets it, filled with ids of things that are in a state for it, and run as the page says.
 */
import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { test } from 'node:test'
import { promisify } from 'node:util'
import { readAnswers } from '../../packages/docs/src/answers.ts'
import { committedDocument } from '../../packages/docs/src/check.ts'
import { structureOf } from '../../packages/docs/src/document.ts'
import type { SampleLanguage } from '../../packages/docs/src/samples.ts'
import { needs } from '../support/needs.ts'
import { answersIn, blocksIn, type Sample, samplesIn } from './samples/blocks.ts'
import { openSampleWorld, prepare, type SampleWorld } from './samples/world.ts'

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
  for (const [name, sample] of samples) {
    await t.test(name, async () => {
      const asked = new Set<string>()
      for (const [language, run] of Object.entries(runners)) {
        const values = await prepare(world, name)
        world.seen.length = 0
        const said = await run(sample.texts(values)[language as SampleLanguage], world, folder)
        asked.add(JSON.stringify(world.seen.map(({ method, status }) => [method, status])))
        for (const { status, url } of world.seen) assert.ok(status < 300, `${language}: ${url} ${status}`)
        const operation = operations.get(name)
        if (!operation) continue
        const [{ method, url } = { method: '', url: '' }, ...more] = world.seen
        assert.deepEqual([more, method], [[], operation.method], language)
        assert.match(url, new RegExp(`^${operation.path.replaceAll(/\{\w+\}/g, '\\d+')}(\\?|$)`), language)
        if (language === 'curl' && name in answers) assert.deepEqual(shapeOf(JSON.parse(said)), shapeOf(answers[name]))
      }
      // Where a sample follows something, how often it asks is its own affair.
      if (operations.has(name)) assert.equal(asked.size, 1, 'each language asks the same')
    })
  }
})

const runners: Record<SampleLanguage, (text: string, world: SampleWorld, folder: string) => Promise<string>> = {
  curl: (text, world) => started('bash', ['-c', strictCurl + text], world),
  python: (text, world) => started('python3', ['-c', text], world),
  javascript: async (text, world, folder) => {
    const file = path.join(folder, 'sample.mjs')
    await writeFile(file, text)
    return started(process.execPath, [file], world)
  },
}

async function started(program: string, args: string[], { token }: SampleWorld): Promise<string> {
  const env = { PATH: process.env['PATH'], HOME: tmpdir(), RESTPOINT_TOKEN: token }
  const { stdout } = await execute(program, args, { env, timeout: 60_000 })
  return stdout
}

/** Keys and types; a null may be anything another time, and so may what a list has in it when it is empty. */
function shapeOf(value: unknown): unknown {
  if (Array.isArray(value)) return 'list'
  if (value === null || typeof value !== 'object') return 'value'
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, shapeOf(inner)]))
}

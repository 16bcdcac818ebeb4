import assert from 'node:assert/strict'
import { existsSync, globSync } from 'node:fs'
import path from 'node:path'
import { test } from 'node:test'
import { headingsOf, pages, projectFolder, readPage } from './markdown.ts'

interface Link {
  readonly page: string
  readonly target: string
}

const links: Link[] = pages.flatMap(page =>
  [...readPage(page).matchAll(/\]\(([^)\s]+)\)/g)].map(match => ({ page, target: match[1] ?? '' })),
)
const internal = links.filter(({ target }) => !/^https?:/.test(target))

test('every internal link leads somewhere', () => {
  assert.ok(internal.length > 20)
  const broken = internal.filter(({ page, target }) => {
    const [file = '', anchor] = target.split('#')
    const found = file === '' ? page : path.posix.join(path.posix.dirname(page), file)
    if (!existsSync(path.join(projectFolder, found))) return true
    return anchor !== undefined && !anchorsOf(found).includes(anchor)
  })
  assert.deepEqual(broken, [])
})

test('every page under docs/ can be reached from another page', () => {
  const reached = new Set(internal.map(({ page, target }) => path.posix.join(path.posix.dirname(page), target)))
  assert.deepEqual(
    pages.filter(page => page.startsWith('docs/') && !reached.has(page)),
    [],
  )
})

test('every file and folder of the project that a page names is there', () => {
  const named = pages.flatMap(page =>
    [...readPage(page).matchAll(/`((?:\.ci|deploy|docs|packages|scripts|test)\/[\w./*-]*)`/g)].map(
      match => match[1] ?? '',
    ),
  )
  // 000N: a file that is yet to be made.
  const absent = named.filter(name => !name.includes('000N') && globSync(name, { cwd: projectFolder }).length === 0)
  assert.ok(named.length > 10)
  assert.deepEqual(absent, [])
})

/** As GitHub makes them. */
function anchorsOf(page: string): string[] {
  return headingsOf(readPage(page)).map(({ title }) =>
    title
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N} _-]/gu, '')
      .replaceAll(' ', '-'),
  )
}

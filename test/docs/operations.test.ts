import assert from 'node:assert/strict'
import { globSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { test } from 'node:test'
import { importKind } from '../../packages/server/src/images/import.ts'
import { mergeKind } from '../../packages/server/src/layers/merge.ts'
import { operationStatuses } from '../../packages/server/src/operations/schemas.ts'
import { makingKinds } from '../../packages/server/src/servers/create.ts'
import { deletionKind } from '../../packages/server/src/servers/delete.ts'
import { powerKinds } from '../../packages/server/src/servers/power.ts'
import { createKind } from '../../packages/server/src/snapshots/create.ts'
import { restoreKinds } from '../../packages/server/src/snapshots/restore.ts'
import { codeOf, headingsOf, projectFolder, readPage, sectionOf, tablesOf } from './markdown.ts'

/** What is looked at here needs neither a database nor a driver. */
const nothing = {} as never
const makers = {
  createKind: () => [createKind(nothing, nothing)],
  restoreKinds: () => restoreKinds(nothing, nothing),
  powerKinds: () => powerKinds(nothing, nothing),
  makingKinds: () => makingKinds(nothing, nothing),
  deletionKind: () => [deletionKind(nothing)],
  importKind: () => [importKind(nothing, nothing)],
  mergeKind: () => [mergeKind(nothing, nothing)],
}
const kinds = Object.values(makers).flatMap(make =>
  make().map(({ kind, deadlineMs, background, cancellable, steps }) => ({
    kind,
    deadlineMs,
    background,
    cancellable,
    steps: steps.map(step => step.name),
  })),
)

const sources = path.join(projectFolder, 'packages/server/src')
const page = readPage('docs/operations.md')

test('no kind of operation is left out here', () => {
  // The engine itself has none.
  const files = globSync('**/*.ts', { cwd: sources }).filter(file => !file.startsWith('operations/'))
  const found = files.flatMap(file => [...read(file).matchAll(/export function (\w+Kinds?)\(/g)].map(match => match[1]))
  assert.deepEqual(found.sort(), Object.keys(makers).sort())
})

test('the page lists every kind with its deadline, its share and whether it can be cancelled', () => {
  const rows = tablesOf(sectionOf(page, 'The kinds'))[0]?.rows ?? []
  const told = rows.map(([kind, , ...rest]) => [codeOf(kind), ...rest])
  const yesNo = (value: boolean) => (value ? 'yes' : 'no')
  const meant = kinds.map(({ kind, deadlineMs, background, cancellable }) => [
    kind,
    deadlineMs === null ? 'none' : `${deadlineMs / 60_000} min`,
    yesNo(background),
    yesNo(cancellable),
  ])
  assert.deepEqual(told.sort(), meant.sort())
})

for (const { kind, steps } of kinds) {
  test(`the page tells the steps of ${kind}`, () => {
    const [table] = tablesOf(sectionOf(page, `\`${kind}\``))
    assert.deepEqual(
      table?.rows.map(row => codeOf(row[0])),
      steps,
    )
    for (const row of table?.rows ?? []) assert.equal(row.filter(cell => cell !== '').length, 4, row[0])
  })
}

test('it describes no kind that there is not', () => {
  const told = headingsOf(page).flatMap(({ title }) => /^`(\w+)`$/.exec(title)?.[1] ?? [])
  assert.deepEqual(told.sort(), kinds.map(({ kind }) => kind).sort())
})

test('it explains every status', () => {
  const rows = tablesOf(sectionOf(page, 'Statuses'))[0]?.rows ?? []
  assert.deepEqual(
    rows.map(row => codeOf(row[0])),
    operationStatuses,
  )
})

test('it explains everything that operations and garbage wait for', () => {
  const [operations, garbage] = tablesOf(sectionOf(page, 'What operations wait for')).map(table =>
    table.rows.map(row => codeOf(row[0])).sort(),
  )
  const code = ['layers/merge.ts', 'servers/delete.ts', ...globSync('drivers/qemu/*.ts', { cwd: sources })]
    .map(read)
    .join('\n')
  assert.deepEqual(operations, textsIn(code, /new (?:Deferred|LayerBusy)\((['`])(.*?)\1[,)]/g))
  const plan = textsIn(read('domain/layers.ts'), /waiting\.set\([^,]+, (['`])(.*?)\1\)/g)
  const queued = textsIn(read('layers/list.ts'), /=== 'queued' \? (')(.*?)'/g)
  assert.equal(queued.length, 1)
  assert.deepEqual(garbage, [...plan, ...queued].sort())
})

/** The second group of every match, once each; what is filled in at run time as "…". */
function textsIn(code: string, pattern: RegExp): string[] {
  const texts = [...code.matchAll(pattern)].map(match => (match[2] ?? '').replaceAll(/\$\{[^}]*\}/g, '…'))
  return [...new Set(texts)].sort()
}

function read(file: string): string {
  return readFileSync(path.join(sources, file), 'utf8')
}

import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  AccountsRecord,
  IdsRecord,
  ImageRecord,
  ServerRecord,
  VERSION,
} from '../../packages/server/src/records/schema.ts'
import { codeOf, readPage, sectionOf, tablesOf } from './markdown.ts'

interface Schema {
  readonly description?: string
  readonly properties?: Record<string, Schema>
  readonly items?: Schema
  readonly anyOf?: readonly Schema[]
  readonly type?: string
}

const page = readPage('docs/records.md')
const sections: Record<string, unknown> = {
  '`servers/ID.json`': ServerRecord,
  '`images/ID.json`': ImageRecord,
  '`accounts.json`': AccountsRecord,
  '`ids.json`': IdsRecord,
}

/** `disks[].layer` → its description, in the schema's order. */
function fieldsOf(schema: Schema, path = ''): string[][] {
  const inner = schema.anyOf?.[0] ?? schema
  if (inner.items) return fieldsOf(inner.items, `${path}[]`)
  return Object.entries(inner.properties ?? {}).flatMap(([name, field]) => {
    const here = path === '' ? name : `${path}.${name}`
    const below = fieldsOf(field, here)
    return field.description === undefined ? below : [[here, field.description], ...below]
  })
}

for (const [title, schema] of Object.entries(sections)) {
  test(`the page tells every field of ${title}`, () => {
    const rows = tablesOf(sectionOf(page, title))[0]?.rows ?? []
    assert.deepEqual(
      rows.map(([field, meaning]) => [codeOf(field), meaning]),
      fieldsOf(schema as Schema),
    )
  })
}

test('it says which version it is about', () => {
  assert.match(page, new RegExp(`version is ${VERSION}\\b`))
})

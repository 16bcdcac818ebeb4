import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parseRecords } from '../../../src/records/rebuild/read.ts'
import { textsOf } from '../../../src/records/recorder.ts'
import { found, server } from '../sample.ts'

const texts = () => textsOf(found().records)

test('what was written is read', () => {
  const { problems, ...records } = parseRecords(texts())
  assert.deepEqual(problems, [])
  const { problems: _, ...meant } = found().records
  assert.deepEqual(records, meant)
})

const wrong: Record<string, [name: string, text: string, problem: RegExp]> = {
  torn: ['servers/1.json', '{"version": 1,', /^records\/servers\/1\.json is not JSON\.$/],
  'of a newer service': ['servers/1.json', '{"version": 2}', /servers\/1\.json was written by a newer Restpoint\.$/],
  'without what is needed': [
    'servers/1.json',
    JSON.stringify({ ...server, disks: [{ layer: 'x' }] }),
    /^records\/servers\/1\.json is not a record of this version \(see \/disks\/0/,
  ],
  'of another server': ['servers/2.json', JSON.stringify(server), /^records\/servers\/2\.json says that it is 1\.$/],
}
for (const [what, [name, text, problem]] of Object.entries(wrong)) {
  test(`a record ${what} is named and left out`, () => {
    const { problems, servers, images } = parseRecords(texts().set(name, text))
    assert.equal(problems.length, 1, problems.join('\n'))
    assert.match(problems[0] ?? '', problem)
    assert.equal(servers.length, name === 'servers/1.json' ? 0 : 1)
    assert.equal(images.length, 1)
  })
}

test('records without accounts and ids can still be used', () => {
  const files = texts()
  files.delete('accounts.json')
  files.delete('ids.json')
  const { problems, servers, accounts, ids } = parseRecords(files)
  assert.deepEqual(problems, ['records/ids.json is not there.', 'records/accounts.json is not there.'])
  assert.deepEqual([servers.length, accounts.accounts, ids.highest], [1, [], {}])
})

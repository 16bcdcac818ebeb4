import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { IMAGE_NAME, isPlainPath } from '../../src/domain/images.ts'

describe('the name of an image', () => {
  const pattern = new RegExp(IMAGE_NAME, 'u')
  for (const name of ['a', '9', 'debian-12', 'Debian_12.5', 'x'.repeat(100)]) {
    test(`${name.slice(0, 12)} (${name.length})`, () => assert.match(name, pattern))
  }
  for (const name of ['', '-a', '.a', '_a', 'a b', 'a/b', '../a', 'a\n', 'a\0', 'é', '٣', '$(x)', 'x'.repeat(101)]) {
    test(`not ${JSON.stringify(name.slice(0, 12))}`, () => assert.doesNotMatch(name, pattern))
  }
})

describe('the path of a file to import', () => {
  const isPlain = (path: string) => isPlainPath(path, Buffer.byteLength(path))
  for (const path of ['/a', '/srv/images/debian 12.qcow2', '/srv/...', '/srv/.hidden', `/${'x'.repeat(4094)}`]) {
    test(path.slice(0, 30), () => assert.equal(isPlain(path), true))
  }
  const detours = ['', '/', 'a', 'srv/a', '//a', '/srv/', '/srv//a', '/./a', '/srv/../a', '/..', 'json:{}', '~/a']
  for (const path of [...detours, `/${'x'.repeat(4095)}`, `/${'é'.repeat(2048)}`]) {
    test(`not ${JSON.stringify(path.slice(0, 30))}`, () => assert.equal(isPlain(path), false))
  }
})

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { terminalKeyOf } from '../../src/terminal/keys.ts'

const pressed = (key: string, code: string, held = 'ctrl shift') => ({
  key,
  code,
  ctrlKey: held.includes('ctrl'),
  shiftKey: held.includes('shift'),
  altKey: held.includes('alt'),
  metaKey: held.includes('meta'),
})

test('three keys are the terminal’s own, by their letter', () => {
  assert.equal(terminalKeyOf(pressed('C', 'KeyC')), 'copy')
  assert.equal(terminalKeyOf(pressed('V', 'KeyV')), 'paste')
  assert.equal(terminalKeyOf(pressed('L', 'KeyL')), 'leave')
  // Dvorak: C is where others have I.
  assert.equal(terminalKeyOf(pressed('C', 'KeyI')), 'copy')
  assert.equal(terminalKeyOf(pressed('J', 'KeyC')), undefined)
})

test('on a keyboard without Latin letters, by the place', () => {
  assert.equal(terminalKeyOf(pressed('ؤ', 'KeyC')), 'copy')
  assert.equal(terminalKeyOf(pressed('л', 'KeyV')), 'paste')
})

test('every other key is for the server', () => {
  for (const held of ['', 'ctrl', 'shift', 'ctrl shift alt', 'ctrl shift meta', 'meta']) {
    assert.equal(terminalKeyOf(pressed('c', 'KeyC', held)), undefined, held)
  }
  assert.equal(terminalKeyOf(pressed('Tab', 'Tab')), undefined)
  assert.equal(terminalKeyOf(pressed('Escape', 'Escape', '')), undefined)
})

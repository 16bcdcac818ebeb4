/** A file that has a layer's name is whole, also after the power was cut: what is durable when, effect by effect. */
import assert from 'node:assert/strict'
import { basename } from 'node:path'
import { test } from 'node:test'
import { needs } from '../../../../../test/support/needs.ts'
import type { Host } from '../../../src/drivers/qemu/host.ts'
import { openRig } from './rig.ts'

const skip = needs('qemu-img')

/** What is done to files, in order. */
function watched(effects: string[]): (host: Host) => Host {
  return host => ({
    ...host,
    run(program, args, cwd) {
      effects.push([program, args[0]].join(' '))
      return host.run(program, args, cwd)
    },
    sync(path) {
      effects.push(`sync ${basename(path)}`)
      return host.sync(path)
    },
    rename(from, to) {
      effects.push(`rename ${basename(from)}`)
      return host.rename(from, to)
    },
    unlink(path) {
      effects.push(`unlink ${basename(path)}`)
      return host.unlink(path)
    },
  })
}

test('a new layer is on disk before it gets its name, and the name before it is used', { skip }, async t => {
  const effects: string[] = []
  const rig = await openRig(t, watched(effects))
  const image = await rig.layer(1, null)
  effects.length = 0
  await rig.layer(2, image)
  assert.deepEqual(
    effects.filter(effect => !effect.startsWith('unlink')),
    ['qemu-img create', 'sync 2.qcow2.new', 'rename 2.qcow2.new', 'sync layers'],
  )
})

test('a layer that goes is durably out of the way before its bytes go', { skip }, async t => {
  const effects: string[] = []
  const rig = await openRig(t, watched(effects))
  const layer = await rig.layer(1, null)
  effects.length = 0
  await rig.driver.discardLayer(layer)
  assert.deepEqual(effects, ['unlink 1.qcow2.new', 'rename 1.qcow2', 'sync layers', 'sync trash', 'unlink 1.qcow2'])
})

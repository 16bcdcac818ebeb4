import { setTimeout as sleep } from 'node:timers/promises'
import type { LayerView } from '../../system/support/api.ts'
import type { Member, World } from '../world.ts'

/** Layers that nobody needs any more, of a server's chains. */
export async function garbageOf(world: World, { id }: Member): Promise<LayerView[]> {
  return (await world.api.layers(id)).filter(layer => layer.kind === 'garbage')
}

/** Resolves when the garbage is as wanted. */
export async function garbageBecomes(
  world: World,
  member: Member,
  what: string,
  isSo: (garbage: readonly LayerView[]) => boolean,
  limitMs = 600_000,
): Promise<LayerView[]> {
  for (const deadline = Date.now() + limitMs; ; await sleep(200)) {
    const garbage = await garbageOf(world, member)
    if (isSo(garbage)) return garbage
    if (Date.now() > deadline) {
      const states = garbage.map(({ id, merge }) => `${id} ${merge?.state} ${merge?.waits_for}`)
      throw new Error(`not ${what}: garbage of ${member.guest.name}: ${states.join(', ') || 'none'}`)
    }
  }
}

export const waitsFor = (pattern: RegExp) => (layer: LayerView) => pattern.test(layer.merge?.waits_for ?? '')

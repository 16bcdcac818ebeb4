import { until } from '../../system/support/until.ts'
import type { Member, World } from '../world.ts'

/** Booted to the end, with its agent connected; milliseconds until ssh let somebody in. */
export async function booted(world: World, { id, guest }: Member): Promise<number> {
  const reachedMs = await guest.reach()
  await guest.settled()
  await until(
    `the guest agent of ${guest.name}`,
    async () => (await world.api.get<{ agent: { connected: boolean } }>(`/servers/${id}/`)).agent.connected,
    300_000,
  )
  return reachedMs
}

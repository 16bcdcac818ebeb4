/** What can be changed of a server, and what of it somebody wishes to change. Pure. */
import type { ServerDetail } from '@restpoint/sdk/source'

export interface Settings {
  readonly name: string
  readonly hostname: string
  readonly location: string
  readonly autostart: boolean
  readonly quarantine: boolean
}

export function settingsOf({ name, hostname, location, autostart, network }: ServerDetail): Settings {
  return { name, hostname, location, autostart, quarantine: network.quarantine }
}

/** What is the same is left out: nothing is overwritten that somebody else has changed meanwhile. */
export function changes(before: Settings, wish: Settings): Partial<Settings> {
  return Object.fromEntries(Object.entries(wish).filter(([name, value]) => value !== before[name as keyof Settings]))
}

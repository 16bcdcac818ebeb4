import type { Insertable } from 'kysely'
import type { Servers } from '../../src/db/schema.ts'

/** What a row of a server has to say, where it does not matter. Missing: whose it is, its names and its image. */
export const anyServer = {
  location: 'local',
  status: 'stopped',
  plan_name: 'tiny',
  vcpus: 1,
  memory_mb: 64,
  storage_gb: 1,
  created_at: 0,
  updated_at: 0,
} as const satisfies Partial<Insertable<Servers>>

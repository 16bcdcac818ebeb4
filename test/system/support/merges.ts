/** Slow merges under a test's control: seen while they run, then let run at full speed. */
import { strict as assert } from 'node:assert'
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Api, LayerView } from './api.ts'
import { withDoctor } from './chains.ts'
import { until } from './until.ts'

export interface Operation {
  readonly id: number
  readonly kind: string
  readonly status: string
  readonly step: string | null
  readonly attempts: number
  readonly error: { readonly code: string } | null
}

export async function operations(api: Api): Promise<Operation[]> {
  return (await api.get<{ results: Operation[] }>('/operations/')).results
}

interface Job {
  readonly id: string
  readonly status: string
}

/** Waits until a block job in that machine copies. */
export async function copying(stateDir: string, machine: string | number): Promise<void> {
  await until('a merge that copies', async () => {
    const jobs = await withDoctor(stateDir, machine, monitor => monitor.execute<Job[]>('query-jobs')).catch(() => [])
    return jobs.some(job => job.status === 'running')
  })
}

/** The folder of the QEMU that merges without a guest. */
export async function benchOf(stateDir: string): Promise<string> {
  let found: string | undefined
  await until('a bench', async () => {
    found = (await readdir(join(stateDir, 'guests/machines'))).find(name => name.startsWith('bench-'))
    return found !== undefined
  })
  return found as string
}

/** Lifts the throttle of whatever merges until nothing is garbage any more. */
export async function hurry(api: Api, stateDir: string, serverId: number): Promise<LayerView[]> {
  for (const deadline = Date.now() + 60_000; ; await sleep(50)) {
    const layers = await api.layers(serverId)
    if (!layers.some(layer => layer.kind === 'garbage')) return layers
    assert.ok(Date.now() < deadline, `garbage stays: ${JSON.stringify(layers, null, 1)}`)
    await liftThrottle(stateDir)
  }
}

/** Of whatever merges right now. */
export async function liftThrottle(stateDir: string): Promise<void> {
  for (const machine of await readdir(join(stateDir, 'guests/machines'))) {
    // Either may be over before we get there.
    await withDoctor(stateDir, machine, async monitor => {
      for (const { id } of await monitor.execute<Job[]>('query-jobs')) {
        await monitor.execute('block-job-set-speed', { device: id, speed: 0 })
      }
    }).catch(() => {})
  }
}

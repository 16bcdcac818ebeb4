/** The corpus against a service of its own, with a real guest that must not notice anything. */
import { runCorpus } from '../../corpus/run.ts'
import { keyedDatabase, makeCluster } from '../../support/postgres.ts'
import { Rig } from '../../system/support/rig.ts'
import { until } from '../../system/support/until.ts'

export const databases = ['sqlite', 'postgres'] as const
export type Database = (typeof databases)[number]

export interface Sent {
  readonly inputs: number
  readonly surprises: readonly string[]
}

export async function sendCorpus(database: Database): Promise<Sent> {
  const cluster = database === 'postgres' ? await makeCluster() : undefined
  try {
    return await sendTo(cluster ? { RESTPOINT_DATABASE_URL: await keyedDatabase(cluster.folder, 'points') } : {})
  } finally {
    await cluster?.end()
  }
}

async function sendTo(env: Record<string, string>): Promise<Sent> {
  const rig = await Rig.start(env)
  try {
    // The first start prints the token, on purpose and once. What is examined is the log of a second one.
    await rig.restart('stop', { ...env, RESTPOINT_RATE_LIMIT: '0', RESTPOINT_LOG_LEVEL: 'debug' })
    const { api, service, shell } = rig
    const { id: snapshotId } = await api.snapshot(1, 'target')
    // It must not come in between: what it does is no effect of what is sent.
    await until('the guest to have told its name', async () => (await rig.server()).agent.connected)
    const account = await api.call<{ token: { token: string } }>('POST', '/accounts/', { email: 'other@example.com' })
    const { url, token } = service
    const foreignToken = account.body.token.token
    const pid = service.process.pid
    const { inputs, surprises } = await runCorpus({ url, token, serverId: 1, snapshotId, imageId: 1, foreignToken })
    const after: string[] = []
    if (service.process.exitCode !== null || service.process.pid !== pid) after.push('the service has ended')
    if ((await shell.run('echo alive')).trim() !== 'alive') after.push('the guest does not answer')
    if ((await api.snapshot(1, 'afterwards')).status !== 'completed') after.push('no snapshot can be taken afterwards')
    return { inputs, surprises: [...surprises, ...after, ...logged(service.output())] }
  } finally {
    await rig.end()
  }
}

/** What has no place in a log. */
const unwanted: Record<string, RegExp> = {
  'a token': /rp_[A-Za-z0-9_-]{43}/,
  'a stack': /^\s+at |\\n\s+at /m,
  'an error of ours': /"level":(50|60)/,
}

function logged(log: string): string[] {
  if (!log.includes('"route":"/api/v1/snapshots/"')) return ['requests are not logged']
  return Object.entries(unwanted).flatMap(([what, pattern]) => {
    const line = log.split('\n').find(one => pattern.test(one))
    return line === undefined ? [] : [`in the log there is ${what}: ${line.replace(pattern, '…').slice(0, 300)}`]
  })
}

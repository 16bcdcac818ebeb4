/**
 * What it is all for, as somebody does it who has a browser and nothing else: a file is typed into the terminal, a
 * snapshot taken, the file deleted, the snapshot restored, the restore undone. What the screen shows and what the
 * service and the server say have to agree at every step.
 */
import assert from 'node:assert/strict'
import { Api, type Snapshot } from '../system/support/api.ts'
import { TerminalShell } from '../system/support/terminal.ts'
import { until } from '../system/support/until.ts'
import type { Service } from './support/service.ts'
import { DEMO, type Visit } from './support/visit.ts'

interface Operation {
  readonly id: number
  readonly kind: string
  readonly status: string
}

const FILE = '/data/story'

/** `visit` is at the list of servers. `turn` makes of a visit that in another language, where that is wanted. */
export async function story(visit: Visit, service: Service, turn = async (same: Visit) => same): Promise<Visit> {
  const api = new Api(service)
  const shell = TerminalShell.open(service, DEMO.id)
  // The guest's shell asks where the cursor is; the browser's answer may be echoed into what comes next.
  const run = async (command: string) => (await shell.run(command)).replaceAll(/\^\[\[\d+;\d+R/g, '')
  try {
    await visit.page.getByRole('link', { name: DEMO.name }).click()
    await visit.page.getByRole('heading', { name: DEMO.name }).waitFor()
    await visit.openTab('terminal')
    // What was said before one came is there.
    await until('what was said before', async () => /GUEST-READY/.test(await visit.transcript()))
    await visit.shell()
    await agent(api)

    await visit.answers(`echo $((7*673)) > ${FILE}; sync; cat ${FILE}`, '4711')
    assert.equal(await run(`cat ${FILE}`), '4711\n')
    await visit.see('terminal')

    const name = `with-file-${visit.language}`
    await visit.button('action_snapshot', tools(visit)).click()
    await visit.see('snapshot-dialog')
    await visit.takeSnapshot(name)
    await visit.notices.getByText(DEMO.name).first().waitFor()
    const snapshot = await newest(api)
    assert.deepEqual([snapshot.name, snapshot.status], [name, 'completed'])
    const { receipt } = await api.get<{ receipt: { achieved: string } }>(`/snapshots/${snapshot.id}/`)
    assert.equal(receipt.achieved, 'filesystem')

    await visit.answers(`rm ${FILE}; sync; cat ${FILE} 2>/dev/null || echo gone`, 'gone')
    assert.equal(await run(`ls ${FILE} 2>/dev/null || echo gone`), 'gone\n')

    const second = await turn(visit)
    await second.openTab('snapshots')
    await (await second.choiceOf(name, 'action_restore')).click()
    await second.dialog.getByText(name).first().waitFor()
    await second.see('restore-dialog')
    await second.button('restore_confirm', second.dialog).click()
    await second.dialog.waitFor({ state: 'hidden' })
    await ended(api, 'snapshot_restore')
    await second.openTab('terminal')
    await second.shell()
    await second.answers(`cat ${FILE} || echo gone`, '4711')
    await shell.ready()
    assert.equal(await run(`cat ${FILE}`), '4711\n')
    await second.see('restored')

    // In one click.
    await second.openTab('overview')
    await second.button('undo_button').first().click()
    await ended(api, 'server_undo')
    await second.see('undone')
    await second.openTab('terminal')
    await second.shell()
    await second.answers(`cat ${FILE} 2>/dev/null || echo gone`, 'gone')
    await shell.ready()
    assert.equal(await run(`ls ${FILE} 2>/dev/null || echo gone`), 'gone\n')
    return second
  } finally {
    shell.terminal.close()
  }
}

function tools(visit: Visit) {
  return visit.page.getByRole('group', { name: visit.words('terminal_tools') })
}

/** What is frozen by it is proven to be frozen. */
async function agent(api: Api): Promise<void> {
  const isThere = async () => (await api.get<{ agent: { connected: boolean } }>(`/servers/${DEMO.id}/`)).agent.connected
  await until('the guest agent', isThere)
}

async function newest(api: Api): Promise<Snapshot> {
  const [snapshot] = (await api.get<{ results: Snapshot[] }>(`/snapshots/?server_id=${DEMO.id}`)).results
  return snapshot ?? assert.fail('there is no snapshot')
}

/** The last one of its kind has completed. */
async function ended(api: Api, kind: string): Promise<void> {
  await until(kind, async () => {
    const { results } = await api.get<{ results: Operation[] }>(`/operations/?server_id=${DEMO.id}`)
    const last = results.filter(operation => operation.kind === kind).toSorted((a, b) => b.id - a.id)[0]
    assert.notEqual(last?.status, 'failed')
    return last?.status === 'completed'
  })
}

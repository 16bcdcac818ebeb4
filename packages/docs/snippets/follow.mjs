import { setTimeout as sleep } from 'node:timers/promises'

const api = 'https://restpoint.example/api/v1'

async function call(method, path) {
  const headers = { Authorization: `Bearer ${process.env.RESTPOINT_TOKEN}` }
  const response = await fetch(api + path, { method, headers })
  if (!response.ok) throw new Error(await response.text())
  return response
}

const started = await call('POST', '/snapshots/1/restore/')
const path = `/operations/${started.headers.get('operation-id')}/`
let operation
do {
  if (operation) await sleep(1000)
  operation = await (await call('GET', path)).json()
  console.log(operation.status, operation.step, operation.progress)
} while (!['completed', 'failed', 'cancelled'].includes(operation.status))
if (operation.error) throw new Error(`${operation.error.detail} ${operation.error.remedy}`)
